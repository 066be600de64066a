import type { ExposureReport, HostReport } from '../exposure-report.ts';
import type { Severity } from '../severity.ts';
import { empty, html, type Markup } from './html-text.ts';

/** How a host is coloured: by severity, own hosts and those that nobody could judge apart. */
export type Shade = Severity | 'own' | 'unknown';

/** Hosts that one operator answers for, as drawn. */
interface Stream {
  readonly label: string;
  readonly detail: string;
  readonly shade: Shade;
  readonly count: number;
}

const shownStreams = 12;
const width = 1000;
const sourceRight = 210;
const targetLeft = 560;
const gap = 10;
const leastHeight = 26;
const order: readonly Shade[] = ['critical', 'high', 'medium', 'low', 'unknown', 'none', 'own'];

export function shadeOf({ kind, severity, accepted }: HostReport): Shade {
  if (accepted) return 'none';
  if (kind === 'own' && severity === 'none') return 'own';
  return kind === 'unknown' ? 'unknown' : severity;
}

/** Where the cookie flows: from the cookie to each operator, as broad as the number of its hosts, worst first. */
export function flowPicture(report: ExposureReport): Markup {
  const receivers = report.hosts.filter(({ receives }) => receives);
  if (receivers.length === 0) return html`<p class="dim">No host receives the cookie.</p>`;
  const streams = streamsOf(receivers);
  const heights = streams.map(({ count }) => heightOf(count, receivers.length));
  const height = heights.reduce((sum, one) => sum + one + gap, 0);
  let top = 0;
  const drawn = streams.map((stream, index) => {
    const own = heights[index] ?? 0;
    const drawing = drawStream(stream, { top, height: own }, sourceSlice(heights, index, height));
    top += own + gap;
    return drawing;
  });
  const title = `${receivers.length} hosts receive the cookie; operators from worst to own`;
  return html`<svg class="flow" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<rect class="source" x="196" y="0" width="14" height="${height - gap}" rx="3"/>
<text x="184" y="${height / 2 - 8}" text-anchor="end">${shorten(report.cookie.name || '(nameless)', 24)}</text>
<text class="small" x="184" y="${height / 2 + 10}" text-anchor="end">${shorten(report.cookie.domain ?? 'host-only', 27)}</text>
${drawn}</svg>
<ul class="streams">${streams.map((stream) => listStream(stream, receivers.length))}</ul>`;
}

/** The same on a narrow page, where the letters of the picture would be too small: a bar and a line for each operator. */
function listStream({ label, detail, shade, count }: Stream, total: number): Markup {
  const share = round(Math.max(2, (count / total) * 100));
  return html`<li class="${shade}"><b>${label}</b> <span class="dim">${detail}</span><svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="block" x="0" y="0" width="${share}" height="8"/></svg></li>
`;
}

function drawStream(
  stream: Stream,
  { top, height }: Readonly<Record<'top' | 'height', number>>,
  slice: Slice,
): Markup {
  const middle = (sourceRight + targetLeft) / 2;
  const curve = `M${sourceRight} ${slice.top}C${middle} ${slice.top} ${middle} ${top} ${targetLeft} ${top}V${top + height}C${middle} ${top + height} ${middle} ${slice.bottom} ${sourceRight} ${slice.bottom}Z`;
  const centre = top + height / 2;
  return html`<g class="${stream.shade}"><title>${stream.label}: ${stream.detail}</title><path class="band" d="${curve}"/><rect class="block" x="${targetLeft}" y="${top}" width="14" height="${height}" rx="3"/><text x="${targetLeft + 24}" y="${centre + 4.5}">${shorten(stream.label, 34)}<tspan class="small" dx="10">${stream.detail}</tspan></text></g>
`;
}

interface Slice {
  readonly top: number;
  readonly bottom: number;
}

/** The part of the source that belongs to a stream: without gaps, so the bands leave as one. */
function sourceSlice(heights: readonly number[], index: number, height: number): Slice {
  const total = heights.reduce((sum, one) => sum + one, 0);
  const scale = (height - gap) / total;
  const before = heights.slice(0, index).reduce((sum, one) => sum + one, 0);
  return { top: round(before * scale), bottom: round((before + (heights[index] ?? 0)) * scale) };
}

/** Broad streams stay on the page, single hosts stay visible. */
function heightOf(count: number, total: number): number {
  return round(Math.max(leastHeight, (count / total) * 180));
}

function streamsOf(receivers: readonly HostReport[]): readonly Stream[] {
  const groups = Map.groupBy(receivers, (host) => {
    const shade = shadeOf(host);
    return `${shade} ${shade === 'own' ? 'your own hosts' : operatorLabel(host)}`;
  });
  const streams = [...groups.values()].map(streamOf).sort(byHarm);
  if (streams.length <= shownStreams) return streams;
  const own = streams.filter(({ shade }) => shade === 'own');
  const foreign = streams.filter(({ shade }) => shade !== 'own');
  const rest = foreign.slice(shownStreams - 2);
  const merged: Stream = {
    label: `${rest.length} more operators`,
    shade: rest[0]?.shade ?? 'none',
    ...counted(
      rest.reduce((sum, { count }) => sum + count, 0),
      rest[0]?.shade ?? 'none',
    ),
  };
  return [...foreign.slice(0, shownStreams - 2), merged, ...own];
}

function streamOf(hosts: readonly HostReport[]): Stream {
  const [first] = hosts;
  const shade = first === undefined ? 'none' : shadeOf(first);
  const label = first === undefined || shade === 'own' ? 'your own hosts' : operatorLabel(first);
  return { label, shade, ...counted(hosts.length, shade) };
}

function counted(count: number, shade: Shade): Pick<Stream, 'count' | 'detail'> {
  const hosts = count === 1 ? '1 host' : `${count.toLocaleString('en')} hosts`;
  const words = shade === 'own' ? '' : shade === 'none' ? ', accepted' : `, ${shade}`;
  return { count, detail: `${hosts}${words}` };
}

/** Who answers, in few words. */
export function operatorLabel({ operator, kind }: HostReport): string {
  if (operator.firm !== null) return operator.firm;
  return operator.site ?? (kind === 'third-party' ? 'unknown address' : 'unknown');
}

function byHarm(a: Stream, b: Stream): number {
  return order.indexOf(a.shade) - order.indexOf(b.shade) || b.count - a.count;
}

/** The bar over all hosts, and its legend. */
export function summaryBar(hosts: readonly HostReport[]): Markup {
  const counts = new Map<Shade, number>();
  for (const host of hosts) counts.set(shadeOf(host), (counts.get(shadeOf(host)) ?? 0) + 1);
  const parts = order.filter((shade) => counts.has(shade));
  if (parts.length === 0) return empty;
  const total = hosts.length;
  let left = 0;
  const drawn = parts.map((shade) => {
    // A single host among thousands must still be seen.
    const own = Math.max(4, ((counts.get(shade) ?? 0) / total) * (1000 - 4 * parts.length));
    const rect = html`<rect class="block ${shade}" x="${round(left)}" y="0" width="${round(own)}" height="16"/>`;
    left += own;
    return rect;
  });
  const legend = parts.map(
    (shade) =>
      html`<li><span class="dot ${shade}"></span>${(counts.get(shade) ?? 0).toLocaleString('en')} ${shadeWords[shade]}</li>`,
  );
  return html`<svg class="bar" viewBox="0 0 ${round(left)} 16" preserveAspectRatio="none" aria-hidden="true">${drawn}</svg><ul class="legend">${legend}</ul>`;
}

const shadeWords: Readonly<Record<Shade, string>> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
  unknown: 'not judged',
  none: 'foreign, accepted or out of reach',
  own: 'your own',
};

/** The worst severity among hosts, for a branch of the tree. */
export function worstShade(shades: Iterable<Shade>): Shade {
  const found = new Set(shades);
  return order.find((shade) => found.has(shade)) ?? 'own';
}

export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
