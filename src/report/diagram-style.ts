/** How the diagram looks, in the page and in exported SVG alike: two sets of colours, and what wears them. */
const light = `--ground:#fdfcfa;--ink:#22262b;--quiet:#767d86;--faint:#e6e3dd;--lane:#c9c5bd;--line:#7d8794;
--accent:#2457c5;--client:#0b7a75;--bad:#c22f28;--bad-ground:#fbe9e6;--warn:#a86400;--warn-ground:#fdf1da;
--ok-ground:#e3f1ee;--info-ground:#f1ecdf;--band:#c22f2814;--down:#5b6068;--order:#7a3fb0;--select:#2457c51c;`;
const dark = `--ground:#16191d;--ink:#e4e6e9;--quiet:#949ba5;--faint:#292e35;--lane:#434a54;--line:#828d9b;
--accent:#7fa8ff;--client:#54c4bd;--bad:#ff7b70;--bad-ground:#3d2121;--warn:#f0b455;--warn-ground:#3a2f1a;
--ok-ground:#1b3432;--info-ground:#353022;--band:#ff7b7020;--down:#8b929c;--order:#cf9bff;--select:#7fa8ff2a;`;

export const diagramStyle = `
:root{${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
@media print{:root{${light}}}
.clew{font:11px ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif;fill:var(--ink)}
.clew text{paint-order:stroke;stroke:var(--ground);stroke-width:3px;stroke-linejoin:round}
.clew .lane{stroke:var(--lane);stroke-width:1.5}
.clew .lane.client{stroke-dasharray:2 4}
.clew .tick{stroke:var(--faint)}
.clew .time,.clew .idle{text-anchor:end;fill:var(--quiet);font-size:10.5px;font-variant-numeric:tabular-nums}
.clew .idle{font-size:9.5px;font-style:italic}
.clew .calm{stroke:var(--client);stroke-dasharray:6 4}
.clew .calm-label{fill:var(--client);font-size:10px}
.clew .band rect{fill:var(--band);stroke:var(--bad);stroke-width:1;stroke-dasharray:4 3}
.clew .band text{fill:var(--bad);font-size:10.5px;font-weight:600}
.clew .band.hold rect{fill:none;stroke:var(--warn)}
.clew .band.hold text{fill:var(--warn)}
.clew .block rect{fill:url(#clew-hatch);stroke:var(--down)}
.clew .block text{text-anchor:middle;fill:var(--ink);font-weight:600;font-size:10.5px}
.clew .block.pause rect{fill:var(--warn-ground);stroke:var(--warn)}
.clew .block.slow rect{fill:none;stroke:var(--warn);stroke-dasharray:2 2}
.clew .block.pause text,.clew .block.slow text{fill:var(--warn)}
.clew .selected-row{fill:var(--select)}
.clew .bar rect{fill:var(--ok-ground);stroke:var(--client);stroke-width:1.2}
.clew .bar text{text-anchor:middle;stroke:none;font-weight:600}
.clew .bar.info rect,.clew .bar.open rect{fill:var(--info-ground);stroke:var(--warn);stroke-dasharray:4 3}
.clew .bar.fail rect{fill:none;stroke:var(--quiet);stroke-dasharray:2 2}
.clew .bar.fail text{fill:var(--quiet)}
.clew .bar.stuck rect{fill:var(--bad-ground);stroke:var(--bad);stroke-width:2.2}
.clew .bar.stuck text{fill:var(--bad)}
.clew .bar.member rect{stroke:var(--order);stroke-width:2}
.clew .cycle-edge path{fill:none;stroke:var(--order);color:var(--order);stroke-width:1.8}
.clew .cycle-edge text{text-anchor:middle;fill:var(--order);font-size:10.5px;font-weight:700}
.clew .cycle-edge.chosen path{stroke-width:3.4}
.clew .arrow .line{fill:none;stroke:var(--line);stroke-width:1.2;color:var(--line)}
.clew .arrow.of-client .line{stroke:var(--client);color:var(--client)}
.clew .arrow.late .line{stroke:var(--warn);color:var(--warn);stroke-width:1.6}
.clew .arrow.copy .line{stroke:var(--order);color:var(--order);stroke-dasharray:5 3;stroke-width:1.6}
.clew .arrow.lost .line,.clew .arrow.partition .line,.clew .arrow.down .line{stroke:var(--bad)}
.clew .arrow.in-flight .line{stroke-dasharray:2 4}
.clew .arrow .touch{fill:none;stroke:transparent;stroke-width:11}
.clew .arrow:hover .line{stroke-width:2.6}
.clew .cross{fill:none;stroke:var(--bad);stroke-width:2.2}
.clew .mark{text-anchor:middle;font-size:9.5px;fill:var(--quiet)}
.clew .lost .mark,.clew .partition .mark,.clew .down .mark{fill:var(--bad)}
.clew .step .touch{fill:transparent}
.clew .step .dot{fill:var(--ground);stroke:var(--line);stroke-width:1.6}
.clew .step.changed .dot{fill:var(--accent);stroke:var(--accent)}
.clew .step.client .dot{fill:var(--client);stroke:var(--client)}
.clew .step.fault .dot{fill:var(--bad);stroke:var(--bad)}
.clew .step.selected .dot{stroke:var(--ink);stroke-width:3}
.clew .step:hover .dot{stroke:var(--ink)}
.clew .ring{fill:none;stroke:var(--bad);stroke-width:2}
.clew .clash .label{fill:var(--bad);font-weight:700}
.clew .label.left{text-anchor:end}
.clew .label{fill:var(--quiet);font-size:10.5px}
.clew .label.timer{font-style:italic}
.clew .label.changes{fill:var(--ink)}
.clew .label.note{fill:var(--order);font-weight:700}
.clew .label.fault,.clew .label.clock{fill:var(--bad);font-weight:600}
.clew .order{stroke:var(--order);stroke-width:2;opacity:.75}
.clew .point rect{fill:var(--order)}
.clew .point text,.clew .badge text{text-anchor:middle;fill:var(--ground);stroke:none;font-size:9.5px;font-weight:700}
.clew .badge rect{fill:var(--bad)}
.clew .dim{opacity:.13}
.clew [data-step],.clew [data-message]{cursor:pointer}
`;

/** Definitions that the shapes refer to: the head of an arrow, and the hatching of what is down. */
export const diagramDefinitions = `<marker id="clew-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 .8L8 4L0 7.2z" fill="context-stroke"/></marker><pattern id="clew-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--ground)"/><line x1="0" y1="0" x2="0" y2="6" stroke="var(--down)" stroke-width="2.4" opacity=".5"/></pattern>`;
