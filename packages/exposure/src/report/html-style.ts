/** The style of the page; its hash stands in the page's Content-Security-Policy. */
export const style: string = `
:root{color-scheme:light dark;--page:#f7f6f3;--card:#fff;--ink:#1d1b18;--dim:#6a655d;--line:#e0dcd3;--own:#4f8a6b;--none:#a8a297;--low:#3d7fb5;--medium:#c08a12;--high:#d2622a;--critical:#b3202e;--unknown:#7d6bb0;--wash:#f1eee8}
@media screen and (prefers-color-scheme:dark){:root{--page:#17161a;--card:#201f24;--ink:#ece9e2;--dim:#a49e93;--line:#37353c;--own:#6fb48f;--none:#77726a;--low:#6cacdf;--medium:#e0b04a;--high:#ee8a54;--critical:#f0606c;--unknown:#ab9be0;--wash:#29272e}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:18px;margin:40px 0 12px}
code,.name{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em;overflow-wrap:anywhere}
.dim{color:var(--dim)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px}
.partial{border-color:var(--high);margin-top:16px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 16px}
.tile b{display:block;font-size:28px;line-height:1.15;font-variant-numeric:tabular-nums}
.bar{display:block;width:100%;height:16px;border-radius:8px;overflow:hidden;background:var(--wash)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:10px 0 0;padding:0;font-size:13.5px}
.dot{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px;background:var(--c)}
.own{--c:var(--own)}.none{--c:var(--none)}.low{--c:var(--low)}.medium{--c:var(--medium)}.high{--c:var(--high)}.critical{--c:var(--critical)}.unknown{--c:var(--unknown)}
svg .band{fill:var(--c);opacity:.32}svg .block{fill:var(--c)}svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg .small{fill:var(--dim);font-size:12px}svg .source{fill:var(--ink)}
.flow{width:100%;height:auto;display:block}
.streams{display:none;list-style:none;margin:0;padding:0}
.streams li{padding:6px 0;overflow-wrap:anywhere}
.streams .bar{height:8px;margin-top:4px}
@media (max-width:760px){main{padding:20px 14px 48px}.card{padding:12px 14px}.flow{display:none}.streams{display:block}}
.pill{display:inline-block;border-radius:99px;padding:0 9px;font-size:12px;line-height:20px;font-weight:600;white-space:nowrap;color:var(--card);background:var(--c)}
.tag{display:inline-block;border:1px solid var(--line);border-radius:6px;padding:0 7px;font-size:12px;line-height:19px;color:var(--dim);overflow-wrap:anywhere}
details>summary{cursor:pointer;list-style-position:outside}
summary:focus-visible,input:focus-visible+label{outline:2px solid var(--low);outline-offset:2px;border-radius:4px}
.group{margin:0 0 10px;padding:10px 16px}
.group>summary{font-weight:600}
.group p{margin:6px 0}
.found{list-style:none;margin:8px 0 0;padding:0}
.found li{border-top:1px solid var(--line);padding:8px 0}
.found .words{color:var(--dim);font-size:14px;overflow-wrap:anywhere}
.filter{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 12px;border:0;padding:0}
.filter legend{float:left;margin-right:4px;padding:2px 0;color:var(--dim)}
.filter input{position:absolute;opacity:0}
.filter label{border:1px solid var(--line);border-radius:99px;padding:2px 14px;background:var(--card);cursor:pointer}
.filter input:checked+label{background:var(--ink);color:var(--page);border-color:var(--ink)}
body:has(#show-foreign:checked) .is-own,body:has(#show-receives:checked) .is-apart{display:none}
.tree ul{list-style:none;margin:0;padding:0 0 0 20px;border-left:1px solid var(--line)}
.tree>ul{border:0;padding:0}
.tree li{margin:1px 0}
.row{display:inline-flex;flex-wrap:wrap;gap:2px 10px;align-items:center;padding:3px 6px;border-radius:6px;max-width:calc(100% - 24px);vertical-align:top}
.leaf{margin-left:17px}
.row:hover{background:var(--wash)}
.mark{display:inline-block;width:10px;height:10px;border-radius:50%;border:2px solid var(--c);flex:none}
.mark.gets{background:var(--c)}
.chain{color:var(--dim);font-size:13px;overflow-wrap:anywhere}
.powers{letter-spacing:.12em;font:600 11.5px ui-monospace,monospace;color:var(--c)}
.count{color:var(--dim);font-size:13px}
.more>summary{color:var(--dim);font-size:14px;padding:3px 0}
ol,.plain{padding-left:20px}
.advice{border-left:4px solid var(--own)}
pre{background:var(--wash);border-radius:8px;padding:12px;overflow:auto;margin:10px 0}
footer{margin-top:40px;color:var(--dim);font-size:13px}
@media print{:root{color-scheme:light}body{background:#fff}.filter{display:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}details::details-content{content-visibility:visible;display:block;block-size:auto;opacity:1}.more ul{columns:3}.found li,.streams li{break-inside:avoid}}
`;
