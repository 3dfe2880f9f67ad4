/** What stands behind a grant, over the control interface: folders to choose from, what a site is told, what it did, questions. */

import { LsdError } from '../../shared/errors.ts';
import type { GrantMethods } from '../../shared/grants.ts';
import type { Library, Sites } from '../core/ports.ts';
import type { Handlers } from './control.ts';
import type { Audience } from './control-events.ts';
import { originOf } from './control-limits.ts';

export interface GrantDeps {
  library: Pick<Library, 'browse'>;
  sites: Pick<Sites, 'outline' | 'history' | 'questions' | 'answer'>;
}

export function grantHandlers(
  { library, sites }: GrantDeps,
  audience: Audience,
  closed: AbortSignal,
): Handlers<GrantMethods> {
  return {
    'folder.browse'(request) {
      if (!audience.user) throw new LsdError('denied', 'Folders are listed for pages of the extension only.');
      return library.browse(request, closed);
    },
    'folder.outline': ({ folders }) => sites.outline(folders),
    'site.log': ({ origin, before }) => sites.history(originOf(origin), before),
    'question.list': () => sites.questions(),
    async 'question.answer'(answer) {
      await sites.answer({ ...answer, origin: originOf(answer.origin) });
      return {};
    },
  };
}
