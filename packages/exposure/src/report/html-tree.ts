import type { HostReport, Power } from '../exposure-report.ts';
import { operatorLabel, type Shade, shadeOf, worstShade } from './html-flow.ts';
import { empty, html, type Markup } from './html-text.ts';

/** A name of the tree, with or without a host of its own. */
interface Branch {
  readonly name: string;
  host: HostReport | null;
  readonly children: Map<string, Branch>;
}

/** What a branch adds up to. */
interface Sum {
  readonly hosts: number;
  readonly foreign: number;
  readonly receiving: number;
  readonly worst: Shade;
}

/** So many own hosts in a row are folded. */
const foldFrom = 12;
const pageSize = 200;
const powerLetters: readonly (readonly [Power, string])[] = [
  ['read', 'R'],
  ['overwrite', 'O'],
  ['shadow', 'S'],
  ['evict', 'E'],
  ['wipe', 'W'],
];

/**
 * The hosts as nested lists by the labels of their names: branches that hold foreign hosts are open and come first, rows of
 * own hosts are folded. Works without script.
 */
export function hostTree(hosts: readonly HostReport[]): Markup {
  const root: Branch = { name: '', host: null, children: new Map() };
  for (const host of hosts) plant(root, host);
  const sums = new Map<Branch, Sum>();
  sumUp(root, sums);
  return html`<div class="tree"><ul>${renderChildren(root, sums)}</ul></div>`;
}

function plant(root: Branch, host: HostReport): void {
  let at = root;
  // By position from the right: a name of a thousand dots costs no more than its length.
  for (const name of suffixesOf(host.name)) {
    let next = at.children.get(name);
    if (next === undefined) {
      next = { name, host: null, children: new Map() };
      at.children.set(name, next);
    }
    at = next;
  }
  at.host = host;
}

function suffixesOf(name: string): readonly string[] {
  const labels = name.split('.').slice(-128);
  return labels.map((_, index) => labels.slice(labels.length - 1 - index).join('.'));
}

function sumUp(branch: Branch, sums: Map<Branch, Sum>): Sum {
  const below = [...branch.children.values()].map((child) => sumUp(child, sums));
  const { host } = branch;
  const isForeign = host !== null && shadeOf(host) !== 'own';
  const add = (key: 'hosts' | 'foreign' | 'receiving'): number =>
    below.reduce((sum, one) => sum + one[key], 0);
  const sum: Sum = {
    hosts: add('hosts') + (host === null ? 0 : 1),
    foreign: add('foreign') + (isForeign ? 1 : 0),
    receiving: add('receiving') + (host?.receives === true ? 1 : 0),
    worst: worstShade([...below.map((one) => one.worst), host === null ? 'own' : shadeOf(host)]),
  };
  sums.set(branch, sum);
  return sum;
}

function renderChildren(branch: Branch, sums: ReadonlyMap<Branch, Sum>): readonly Markup[] {
  const children = [...branch.children.values()].map(skipEmpty);
  const foreign = children.filter((child) => (sums.get(child)?.foreign ?? 0) > 0);
  const own = children.filter((child) => (sums.get(child)?.foreign ?? 0) === 0).sort(byName);
  const first = foreign.sort(byName).map((child) => renderBranch(child, sums));
  if (own.length <= foldFrom) return [...first, ...own.map((child) => renderBranch(child, sums))];
  return [...first, fold(own, sums)];
}

/** A name that holds nothing and leads to one other is left out: `com` above `example.com`. */
function skipEmpty(branch: Branch): Branch {
  let at = branch;
  while (at.host === null && at.children.size === 1) {
    const [only] = at.children.values();
    if (only === undefined) break;
    at = only;
  }
  return at;
}

function renderBranch(branch: Branch, sums: ReadonlyMap<Branch, Sum>): Markup {
  const sum = sums.get(branch);
  const marks = classesOf(sum);
  if (branch.children.size === 0) {
    return html`<li class="${marks}"><span class="row leaf">${rowOf(branch)}</span></li>
`;
  }
  const open = sum !== undefined && sum.foreign > 0 ? ' open' : '';
  const count = html`<span class="count">${countWords(sum)}</span>`;
  return html`<li class="${marks}"><details${open}><summary><span class="row">${rowOf(branch)}${count}</span></summary><ul>${renderChildren(branch, sums)}</ul></details></li>
`;
}

/** Own hosts, folded; thousands of them in pages, named by their first and last. */
function fold(own: readonly Branch[], sums: ReadonlyMap<Branch, Sum>): Markup {
  const pages: Branch[][] = [];
  for (let at = 0; at < own.length; at += pageSize) pages.push(own.slice(at, at + pageSize));
  const lists = pages.map(
    (page) => html`<ul>${page.map((child) => renderBranch(child, sums))}</ul>`,
  );
  const hosts = own.reduce((sum, child) => sum + (sums.get(child)?.hosts ?? 0), 0);
  const isApart = own.every((child) => (sums.get(child)?.receiving ?? 0) === 0);
  const body =
    pages.length === 1
      ? lists
      : pages.map((page, index) => {
          const range = `${page[0]?.name ?? ''} … ${page.at(-1)?.name ?? ''}`;
          return html`<details class="more"><summary><span class="name">${range}</span></summary>${lists[index] ?? empty}</details>`;
        });
  return html`<li class="is-own${isApart ? ' is-apart' : ''}"><details class="more"><summary>${hosts.toLocaleString('en')} more of your own hosts</summary>${body}</details></li>
`;
}

function rowOf({ name, host }: Branch): Markup {
  if (host === null) return html`<span class="name dim">${name}</span>`;
  const shade = shadeOf(host);
  const gets = host.receives
    ? html`<span class="mark gets" title="receives the cookie"></span>`
    : html`<span class="mark" title="does not receive the cookie"></span>`;
  const label = html`<span class="${shade} row-mark">${gets}</span><span class="name">${name}</span>`;
  if (shade === 'own') return label;
  const state = host.accepted
    ? 'accepted'
    : host.severity === 'none'
      ? host.kind
      : `${host.severity} · ${host.kind}`;
  return html`${label}<span class="pill ${shade}">${state}</span><span>${operatorLabel(host)}</span>${chainOf(host)}${powersOf(host)}`;
}

function chainOf({ operator }: HostReport): Markup {
  if (operator.chain.length === 0) return empty;
  const shown = operator.chain.slice(0, 5).join(' → ');
  return html`<span class="chain">→ ${shown}${operator.chain.length > 5 ? ' → …' : ''}</span>`;
}

function powersOf(host: HostReport): Markup {
  if (host.powers.length === 0) return empty;
  const letters = powerLetters.map(([power, letter]) =>
    host.powers.includes(power) ? letter : '·',
  );
  return html`<abbr class="powers ${shadeOf(host)}" title="${host.powers.join(', ')}">${letters.join('')}</abbr>`;
}

function classesOf(sum: Sum | undefined): string {
  if (sum === undefined) return '';
  return [sum.foreign === 0 ? 'is-own' : '', sum.receiving === 0 ? 'is-apart' : '']
    .filter((one) => one !== '')
    .join(' ');
}

function countWords(sum: Sum | undefined): string {
  if (sum === undefined) return '';
  const hosts = sum.hosts === 1 ? '1 host' : `${sum.hosts.toLocaleString('en')} hosts`;
  return sum.foreign === 0 ? hosts : `${hosts}, ${sum.foreign.toLocaleString('en')} to look at`;
}

function byName(a: Branch, b: Branch): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
