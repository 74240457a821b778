import { darkTheme, lightTheme, type ChartTheme } from '../../charts/theme.ts';

/** The dashboard's colours, type and spacing for a page without scripts: light and dark as the system is. */
export function docsStyle(): string {
  return `:root{color-scheme:light dark;${variables(lightTheme)}}@media(prefers-color-scheme:dark){:root{${variables(darkTheme)}}}${RULES}`;
}

function variables({ page, surface, raised, hairline, text, dim, accent }: ChartTheme): string {
  return Object.entries({ page, surface, raised, hairline, text, dim, accent })
    .map(([name, colour]) => `--${name}:${colour};`)
    .join('');
}

const RULES = `
*{box-sizing:border-box}
html{scroll-padding-top:16px}
body{margin:0;display:grid;grid-template-columns:208px minmax(0,1fr);min-height:100vh;background:var(--page);color:var(--text);
font:13px/1.5 "Inter Variable",Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1,h2,h3,h4,p,ul{margin:0;padding:0}ul{list-style:none}
a{color:var(--accent);text-decoration:none}a:hover,p a,td a{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip:not(:focus){position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.skip:focus{position:fixed;z-index:2;top:8px;left:8px;padding:8px 12px;background:var(--surface);border:1px solid var(--hairline)}
nav{position:sticky;top:0;height:100vh;overflow:auto;display:flex;flex-direction:column;gap:16px;padding:16px 12px;background:var(--surface);border-right:1px solid var(--hairline)}
.brand{display:flex;align-items:center;gap:8px;padding:0 8px;font-size:15px;font-weight:600}
nav li a{display:block;padding:4px 8px;border-radius:6px;color:var(--dim)}nav li a:hover{background:var(--raised);color:var(--text);text-decoration:none}
.more{margin-top:auto;font-size:12px}
main{width:100%;max-width:1100px;padding:16px 24px 48px}
h1{font-size:20px;line-height:28px;font-weight:600;letter-spacing:-.01em}
.lead{max-width:72ch;margin-top:4px;font-size:15px;line-height:24px}
h2{margin:32px 0 8px;font-size:15px;line-height:24px;font-weight:600}
h3{font-size:13px;font-weight:600}
h4{margin:12px 0 4px;font-size:12px;font-weight:600;color:var(--dim)}
article{margin-bottom:12px;padding:12px 16px;background:var(--surface);border:1px solid var(--hairline);border-radius:6px}
article>h3{display:flex;align-items:baseline;gap:8px;margin-bottom:4px}
article h3 code{padding:0;background:none;font-size:13px}
article:target,article:has(:target){border-color:var(--accent)}
.method{flex:none;min-width:56px;padding:0 6px;border:1px solid var(--hairline);border-radius:3px;font-size:11px;line-height:18px;text-align:center;color:var(--dim)}
.dim,small{color:var(--dim);font-weight:400}small{font-size:12px}
code{padding:1px 4px;border-radius:3px;background:var(--raised);font:12px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere}
th code{padding:0;background:none}
table{width:100%;border-collapse:collapse;font-size:12px;line-height:18px}
th,td{padding:5px 12px 5px 0;border-top:1px solid var(--hairline);text-align:left;vertical-align:top;font-weight:400;overflow-wrap:anywhere}
th{width:22%}.type{width:24%;color:var(--dim)}
summary{cursor:pointer;color:var(--dim)}details[open] summary{margin-bottom:4px}
@media(max-width:700px){
body{display:block}
nav{position:static;height:auto;gap:8px;padding:12px;border-right:0;border-bottom:1px solid var(--hairline)}
nav ul{display:flex;flex-wrap:wrap}.more{margin:0}
main{padding:12px 12px 32px}article{padding:12px}
tr{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);border-top:1px solid var(--hairline);padding:4px 0}
th,td,.type{width:auto;padding:0 8px 0 0;border:0}td:last-child{grid-column:1/-1}td:empty{display:none}
}
`;
