/** How many inputs a property is tried with. `LATCHKEY_LONG_FUZZ=1` asks for the long run. */
export const fuzzRuns: number = process.env['LATCHKEY_LONG_FUZZ'] === '1' ? 100_000 : 2_000;
