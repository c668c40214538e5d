/** The environment variable that names the bundle of texts of a process; without it texts are English. */
export const textsVariable = 'NORMSCOPE_L10N';

/**
 * What to add to the environment of a process or a thread of ours so that it speaks the language of `bundle`, the path of a file
 * `bundle.l10n.LANGUAGE.json`; nothing for English.
 */
export function textsEnvironment(bundle: string | undefined): Readonly<Record<string, string>> {
  return bundle === undefined ? {} : { [textsVariable]: bundle };
}
