/** One record of a CSV text. Lines count from 1; a quoted field may go over several. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  /** Why the record is not what RFC 4180 allows; null where it is. */
  readonly problem: string | null;
}

/** Longer records come of a quote that is never closed: reading on would take the whole file for one field. */
const LONGEST_RECORD = 262_144;

type State = 'start' | 'plain' | 'quoted' | 'closed' | 'lost';

/**
 * Reads CSV by RFC 4180, piece by piece: fields in quotes may hold separators, line ends and doubled quotes; lines
 * end with LF, CRLF or CR. Empty lines are no records. What is malformed is answered as a record with its problem, and reading goes on.
 */
export class CsvReader {
  readonly #separator: string;
  #state: State = 'start';
  #field = '';
  #fields: string[] = [];
  #length = 0;
  #line = 1;
  #recordLine = 1;
  #problem: string | null = null;
  #afterCr = false;
  #begun = false;

  constructor(separator = ',') {
    this.#separator = separator;
  }

  /** Takes the next piece and answers the records that end in it. */
  push(text: string): CsvRecord[] {
    const records: CsvRecord[] = [];
    // A byte order mark is no part of the first field.
    const from = !this.#begun && text.startsWith('\ufeff') ? 1 : 0;
    if (text !== '') this.#begun = true;
    for (let i = from; i < text.length; i++) this.#take(text.charAt(i), records);
    return records;
  }

  /** The record that the text ends in, where its last line has no end. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    if (this.#state === 'quoted') this.#problem ??= 'a quote is not closed';
    this.#endRecord(records);
    return records;
  }

  #take(char: string, records: CsvRecord[]): void {
    if (char === '\n' && this.#afterCr) {
      // The second half of CRLF: counted with its first, kept where a quoted field holds it.
      this.#afterCr = false;
      if (this.#state === 'quoted') this.#field += char;
      return;
    }
    this.#afterCr = char === '\r';
    const lineEnd = char === '\n' || char === '\r';
    if (lineEnd) this.#line++;
    if (++this.#length > LONGEST_RECORD && this.#state !== 'lost') {
      this.#problem = `a record is longer than ${LONGEST_RECORD} characters: is a quote not closed?`;
      this.#state = 'lost';
    }
    switch (this.#state) {
      case 'quoted':
        if (char === '"') this.#state = 'closed';
        else this.#field += char;
        return;
      case 'closed':
        if (char === '"') {
          this.#field += char;
          this.#state = 'quoted';
          return;
        }
        if (!lineEnd && char !== this.#separator) {
          this.#problem ??= 'text follows a closing quote';
          this.#state = 'plain';
        }
        break;
      case 'start':
        if (char === '"') {
          this.#state = 'quoted';
          return;
        }
        break;
      case 'plain':
        if (char === '"') this.#problem ??= 'a quote stands within a field without quotes';
        break;
      case 'lost':
        if (lineEnd) this.#endRecord(records);
        return;
    }
    if (lineEnd) this.#endRecord(records);
    else if (char === this.#separator) this.#endField();
    else {
      this.#field += char;
      this.#state = 'plain';
    }
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = '';
    this.#state = 'start';
  }

  #endRecord(records: CsvRecord[]): void {
    const empty = this.#fields.length === 0 && this.#state === 'start' && this.#field === '';
    if (!empty) {
      this.#endField();
      records.push({ line: this.#recordLine, fields: this.#problem === null ? this.#fields : [], problem: this.#problem });
    }
    this.#state = 'start';
    this.#field = '';
    this.#fields = [];
    this.#length = 0;
    this.#problem = null;
    this.#recordLine = this.#line;
  }
}
