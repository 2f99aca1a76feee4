/** What only the module that serves asks of Unicode's tables, which every runtime has (src/unicode.rs). */

export const assigned = (text: string): boolean => !/\p{Cn}/u.test(text);
