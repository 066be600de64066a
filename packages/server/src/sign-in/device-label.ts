// In this order: most browsers also name the ones they descend from.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPiOS)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*Safari\//, 'Safari'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\bWindows\b/, 'Windows'],
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\b(?:Macintosh|Mac OS X)\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

const readCharacters = 512;

/**
 * A few words for the person's list of devices, such as `Chrome on Linux`. Only words of our own: nothing of the
 * header gets through. What it says is what the browser claims.
 */
export function deviceWords(userAgent: string | null): string {
  const text = (userAgent ?? '').slice(0, readCharacters);
  const browser = find(browsers, text);
  const system = find(systems, text);
  if (browser === null && system === null) return 'Unknown device';
  if (system === null) return browser ?? 'Unknown device';
  return `${browser ?? 'A browser'} on ${system}`;
}

function find(list: readonly (readonly [RegExp, string])[], text: string): string | null {
  return list.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
