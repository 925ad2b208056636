/** How many random histories each twin test tries: some thousands in `npm test`, more with CLEW_TWIN=20000. */
export const twinCount = Number(process.env['CLEW_TWIN'] ?? 1500);
