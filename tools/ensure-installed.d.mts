/** The folder that the repository was cloned into. */
export const root: string;
/** Runs `npm ci` in a folder (default the root) when what its lock file names is not installed. Throws with npm's words. */
export function ensureInstalled(folder?: string): void;
/** The Node to run TypeScript with: the installed one, else this one when it is new enough. */
export function nodeBinary(folder?: string): string;
