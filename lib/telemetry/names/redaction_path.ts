/** Keys with points between them, `[*]` for the entries of lists. */
export const REDACTION_PATH = /^(?:\$\.?)?(?:[^.[\]$]+|\[\*\])(?:\.[^.[\]]+|\[\*\])*$/;
