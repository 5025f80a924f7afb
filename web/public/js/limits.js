// The limits of docs/CHAT.md, checked before sending so that people hear of them at once.

export const TEXT_CHARACTERS = 4000;
const TEXT_BYTES = 16384;

const ODD = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const characters = (text) => [...text].length;
const bytes = (text) => new TextEncoder().encode(text).length;
const cut = (text) => text.replace(/^[ \t]+|[ \t]+$/g, "");

function checkLabel(text, what, maxCharacters, maxBytes) {
  const value = cut(text);
  if (value === "") return { error: `${what} cannot be empty.` };
  if (characters(value) > maxCharacters || bytes(value) > maxBytes)
    return { error: `${what} can have ${maxCharacters} characters at most.` };
  if (ODD.test(value)) return { error: `${what} has a character that cannot be used.` };
  return { value };
}

/** Each gives {value} or {error}. */
export const checkName = (text) => checkLabel(text, "A name", 32, 128);
export const checkTitle = (text) => checkLabel(text, "A room name", 80, 320);

/** How many characters are over the limit: 0 when the text can go. */
export function textOver(text) {
  const over = Math.max(0, characters(text) - TEXT_CHARACTERS);
  return over > 0 || bytes(text) <= TEXT_BYTES ? over : Math.ceil((bytes(text) - TEXT_BYTES) / 4);
}
export const textLength = characters;
