const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** short cuts a text to a number of what people see as letters; an emoji of several code points is one. */
export function short(text: string, most: number): string {
  // No text has more letters than units.
  if (text.length <= most) return text;
  const letters = Array.from(graphemes.segment(text), (s) => s.segment);
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text;
}

// Control characters, those that turn the direction of writing, and the separators of lines and
// paragraphs: the same as eddy.Visible of the server has.
const hidden = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * visible shows a text that came from elsewhere, such as a name of a table or a value, on one line:
 * what cannot be seen in it is written as its code point, <U+202E>.
 */
export function visible(text: string): string {
  return text.replace(
    hidden,
    (c) => `<U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}
