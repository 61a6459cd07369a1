/**
 * Characters of other alphabets that look like a Latin letter, by that letter: what Unicode's compatibility
 * decomposition does not make it already. From the mappings to single letters of confusables.txt (Unicode Technical
 * Standard 39, "Unicode Security Mechanisms", section 4), `l` standing for I, l and 1 as there, with small capitals and
 * turned letters besides. Data of the Unicode Character Database, © Unicode, Inc., under the Unicode License V3.
 *
 * @see https://www.unicode.org/reports/tr39/#Confusable_Detection
 * @see https://www.unicode.org/license.txt
 */
export const CONFUSABLES: Readonly<Record<string, string>> = {
  a: "ɐɑΑαАаᎪᗅᴀ⍺ꓮ𐊠𖽀",
  b: "ƄʙΒВЬᏏᏴᑲᖯᗷꓐꞴ𐊂𐊡𐌁",
  c: "ɔСсᏟᴄⲤⲥꓚꮯ𐊢𐌂𐐕𐐽𐔜𑣩𑣲🝌",
  d: "ԁᎠᏧᑯᗞᗪᴅꓒꓓ",
  e: "ǝɘΕЕеҽᎬᴇ℮⋿ⴹꓰꬲ𐊆𑢦𑢮",
  f: "ɟϜքᖴẝꓝꜰꞘꞙꬵ𐊇𐊥𐔥𑢢𑣂𝈓",
  g: "ƍɡɢԌցᏀᏳᶃꓖ",
  h: "ɥʜΗНһհᎻᏂᕼⲎꓧ𐋏",
  j: "ͿϳЈјᎫᒍᴊꓙꞲ",
  k: "ʞΚКᏦᛕᴋⲔꓗ𐔘",
  l: "ıƖǀɩɪʟΙιІіӀӏ۱ᎥᏞᒪᛁ∣⍳⏽ⲒⳐⵏꓡꓲꙇꭵ𐊊𐌉𐌠𐐛𐔦𑢣𑢲𑣃𖼖𖼨𝈪",
  m: "ɯΜϺМᎷᗰᛖᴍⲘꓟ𐊰𐌑",
  n: "ɴΝոռⲚꓠ𐔓",
  o: "ΟοσОоՕօ۵०০੦૦ଠ୦௦౦೦ഠ൦๐໐ဝ၀ჿዐᴏᴑⲞⲟⵔ〇ꓳꬽ𐊒𐊫𐐄𐐬𐓂𐓪𐔖𑓐𑢵𑣈𑣗𑣠",
  p: "ΡρРрᏢᑭᴘ⍴Ⲣⲣꓑ𐊕",
  q: "ԛգզⵕ",
  r: "ƦɹʀгᎡᏒᖇᴦⲅꓣꭇꭈꮁ𐒴𖼵𝈖",
  s: "ƽЅѕՏᏕᏚꓢꜱꮪ𐊖𐐠𐑈𑣁𖼺",
  t: "ʇΤТᎢᴛ⊤⟙Ⲧꓔ𐊗𐊱𐌕𑢼𖼊🝨",
  u: "ʋυՍսሀᑌᴜ∪⋃ꓴꞟꭎꭒ𐓎𐓶𑢸𑣘𖽂",
  v: "ʌνѴѵ۷Ꮩᐯᴠ∨⋁ⴸꓦꛟꮩ𐔝𑜆𑢠𑣀𖼈𝈍",
  w: "ʍѡԜԝաᎳᏔᴡꓪꮃ𑜊𑜎𑜏𑣦𑣯",
  x: "×ΧХхᕁᕽ᙭ᚷ╳⤫⤬⨯ⲬⵝꓫꞳ𐊐𐊴𐌗𐌢𐔧𑣬",
  y: "ɣʎʏΥγУуҮүყᎩᎽᶌỿⲨꓬꭚ𐊲𑢤𑣜𖽃",
  z: "ΖᏃᴢꓜꮓ𐋵𑢩𑣄𑣥",
};
