import { describe, expect, it } from 'vitest';

import { tableText } from './ReplaceFile';
import { nameOfFile, tooLarge } from './UploadSource';

const none = { added: [], removed: [] };

describe('nameOfFile', () => {
  it('is what the file is called, without its ending and its signs', () => {
    expect(nameOfFile('VIP Kunden (2026).xlsx')).toBe('vip-kunden-2026');
    expect(nameOfFile('list.csv.gz')).toBe('list');
    expect(nameOfFile('---.csv')).toBe('');
  });
});

describe('tooLarge', () => {
  it('says the size before a file is sent', () => {
    const file = new File(['x'], 'x.csv');
    expect(tooLarge(file)).toBe('');
    Object.defineProperty(file, 'size', { value: 40 * 1024 * 1024 });
    expect(tooLarge(file)).toContain('is the most');
  });
});

describe('tableText', () => {
  it('tells rows and columns before and after', () => {
    expect(tableText({ name: 't', before: 20, after: 1, added: ['phone'], removed: ['a', 'b'] })).toBe(
      '20 → 1 row; new columns: phone; columns that are gone: a, b',
    );
    expect(tableText({ name: 't', after: 3, ...none })).toBe('is new, with 3 rows');
    expect(tableText({ name: 't', before: 3, ...none })).toBe('is gone, with 3 rows');
  });
});
