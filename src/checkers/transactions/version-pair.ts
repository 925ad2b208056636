/** Two versions of one object whose order is known; each is named by the write that made it. */
export interface VersionPair {
  /** The older of the two. */
  readonly before: number;
  readonly after: number;
}
