/** How many inputs a parser is tried with: 100,000 in the long form, `npm run fuzz`. */
export const fuzzRuns: number = process.env['LATCHKEY_LONG_FUZZ'] === '1' ? 100_000 : 2_000;
