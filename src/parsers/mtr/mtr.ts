import { parseMtrCsv } from './csv.ts';
import { parseMtrJson } from './json.ts';
import { parseMtrRaw } from './raw.ts';
import { LONGEST_MTR } from './report.ts';
import type { MtrReport } from './report.ts';
import { parseMtrText } from './text.ts';

/** What mtr printed, in any of its forms: JSON (both dialects), raw, CSV and the report. Never throws. */
export function parseMtr(output: string): MtrReport {
  const report = parseByForm(output.slice(0, LONGEST_MTR));
  if (output.length <= LONGEST_MTR) return report;
  return { ...report, problems: [`the text is longer than ${LONGEST_MTR} characters: the rest was not read`, ...report.problems] };
}

function parseByForm(text: string): MtrReport {
  if (/^\s*\{|"hubs"|"report"/.test(text)) return parseMtrJson(text);
  if (/^(?:Mtr_Version,|MTR\.[\w.-]+[,;])/m.test(text)) return parseMtrCsv(text);
  if (/^HOST:|^\s*\d{1,3}\.(?:\s*AS\S+)?\s*\|--/m.test(text)) return parseMtrText(text);
  if (/^[xhdp] \d/m.test(text)) return parseMtrRaw(text);
  const said = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  return {
    form: 'unknown',
    version: null,
    source: null,
    destination: null,
    cycles: null,
    hops: [],
    problems: said.length === 0 ? ['there is no output'] : said.slice(0, 20).map((line) => line.slice(0, 200)),
  };
}
