import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ReadCell {
  /** As the file says it: s (text), n (number), b, e, or f where there is a formula. */
  readonly type: string;
  readonly value: string | number | null;
}

export interface ReadWorkbook {
  readonly sheets: readonly { readonly name: string; readonly rows: readonly (readonly (ReadCell | null)[])[] }[];
  /** The type of each chart, its title, and the ranges that its series show. */
  readonly charts: readonly { readonly type: string; readonly title: string; readonly ranges: readonly string[] }[];
}

/** Reads Office Open XML by Python's own zipfile and expat: nothing of what wrote the file takes part. */
const script = String.raw`
import json, re, sys, zipfile
import xml.etree.ElementTree as ET
M = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
R = '{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id'
C = '{http://schemas.openxmlformats.org/drawingml/2006/chart}'
A = '{http://schemas.openxmlformats.org/drawingml/2006/main}'
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
parts = {n: ET.fromstring(z.read(n)) for n in z.namelist() if n.endswith(('.xml', '.rels'))}
decode = lambda s: re.sub('_x([0-9A-Fa-f]{4})_', lambda m: chr(int(m.group(1), 16)), s)
shared = [decode(''.join(t.text or '' for t in si.iter(M + 't'))) for si in parts['xl/sharedStrings.xml']] if 'xl/sharedStrings.xml' in parts else []
rels = {r.get('Id'): r.get('Target') for r in parts['xl/_rels/workbook.xml.rels']}
def column(ref):
    n = 0
    for c in re.match('[A-Z]+', ref).group(): n = n * 26 + ord(c) - 64
    return n - 1
def cell(c):
    v, t = c.find(M + 'v'), c.get('t', 'n')
    if c.find(M + 'f') is not None: return {'type': 'f', 'value': c.find(M + 'f').text}
    if t == 's': return {'type': 's', 'value': shared[int(v.text)]}
    if t == 'inlineStr': return {'type': 's', 'value': ''.join(x.text or '' for x in c.iter(M + 't'))}
    return None if v is None else {'type': t, 'value': float(v.text) if t == 'n' else v.text}
sheets = []
for s in parts['xl/workbook.xml'].iter(M + 'sheet'):
    target = rels[s.get(R)].lstrip('/')
    root = parts[target if target.startswith('xl/') else 'xl/' + target]
    rows = []
    for r in root.iter(M + 'row'):
        row = []
        for c in r:
            i = column(c.get('r'))
            row += [None] * (i + 1 - len(row))
            row[i] = cell(c)
        rows.append(row)
    sheets.append({'name': s.get('name'), 'rows': rows})
charts = []
for n in sorted(z.namelist(), key=lambda n: [int(d) for d in re.findall(r'\d+', n)]):
    if not re.match(r'xl/charts/chart\d+\.xml$', n): continue
    plot = parts[n].find('.//' + C + 'plotArea')
    kind = next(e.tag for e in plot if e.tag.endswith('Chart'))
    title = parts[n].find(C + 'chart').find(C + 'title')
    charts.append({'type': kind[len(C):], 'title': '' if title is None else ''.join(t.text or '' for t in title.iter(A + 't')),
                   'ranges': [f.text for s in plot.iter(C + 'ser') for k in ('cat', 'val') for f in s.findall(C + k + '//' + C + 'f')]})
json.dump({'sheets': sheets, 'charts': charts}, sys.stdout)
`;

/** What is in an Excel file. */
export function readWorkbook(bytes: Uint8Array): ReadWorkbook {
  const folder = mkdtempSync(join(tmpdir(), 'tacho-workbook-'));
  try {
    const file = join(folder, 'file.xlsx');
    writeFileSync(file, bytes);
    return JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8', maxBuffer: 2 ** 28 })) as ReadWorkbook;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The values of a sheet, without its heads. */
export function valuesOf(workbook: ReadWorkbook, name: string): (string | number | null)[][] {
  const sheet = workbook.sheets.find((one) => one.name === name);
  if (sheet === undefined) throw new Error(`no sheet is called ${name}`);
  return sheet.rows.slice(1).map((row) => row.map((cell) => cell?.value ?? null));
}

/** The instant that a number of Excel's calendar stands for, epoch milliseconds. */
export function instantOfSerial(serial: number): number {
  return Math.round((serial - 25_569) * 86_400_000);
}
