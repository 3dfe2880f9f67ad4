/** Is a path not there, or only unreadable? What cannot be read is never taken for deleted. */

export function isGone(thrown: unknown): boolean {
  const code = errnoOf(thrown);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** ENOENT, EACCES, …; '' where the error is none of the system's. */
export function errnoOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}
