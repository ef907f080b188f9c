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
