/** In which language the command line speaks: what the environment asks for, of the files in locales/. */

/** Each is loaded only where it is spoken. */
const FILES = {
  en: async () => (await import('./locales/en.json', { with: { type: 'json' } })).default,
  de: async () => (await import('./locales/de.json', { with: { type: 'json' } })).default,
  ar: async () => (await import('./locales/ar.json', { with: { type: 'json' } })).default,
  ja: async () => (await import('./locales/ja.json', { with: { type: 'json' } })).default,
};

export type English = Awaited<ReturnType<(typeof FILES)['en']>>;

export interface Language {
  /** BCP 47: how numbers and dates are written */
  readonly tag: string;
  /** by name, `files@one` for a plural */
  readonly sentences: Readonly<Record<string, string>>;
}

/** Which one to load: its file, and the tag for numbers and dates. */
interface Choice {
  file: keyof typeof FILES;
  tag: string;
}

/** Where no language is asked for that is here: days before months, 24 hours. */
const ENGLISH: Choice = { file: 'en', tag: 'en-GB' };

/** `de_AT.UTF-8@euro`: language, territory, the encoding of the terminal, a variant. */
const LOCALE = /^([a-z]{2,3})(?:_([a-z]{2}|\d{3}))?(?:\.([\w-]+))?(?:@.*)?$/i;

/**
 * POSIX, "Environment Variables", 8.2: the first of the three that is set and not empty decides. English where it names `C`, a
 * language that is not here, or a terminal that does not show UTF-8.
 */
export function chosen(env: Readonly<Record<string, string | undefined>>): Choice {
  const [, language = '', territory, encoding = 'UTF-8'] =
    LOCALE.exec(env.LC_ALL || env.LC_MESSAGES || env.LANG || '') ?? [];
  const file = fileOf(`${language}_${territory}`) ?? fileOf(language);
  if (!file || !/^utf-?8$/i.test(encoding)) return ENGLISH;
  return { file, tag: territory ? `${language}-${territory}` : language === 'en' ? ENGLISH.tag : language };
}

function fileOf(name: string): Choice['file'] | undefined {
  return (Object.keys(FILES) as Choice['file'][]).find(file => file.toLowerCase() === name.toLowerCase());
}

export async function loadLanguage({ file, tag }: Choice = ENGLISH): Promise<Language> {
  return { tag, sentences: await FILES[file]() };
}
