/** Who may use the gateway over Socket.IO. */

import { type AccessRules, type Admission, createAdmission, type Verdict } from '../../http/admission.ts';
import { type Asking, isBrowser } from './access.ts';

/** Of a Socket.IO connection: it may change things, and cannot send X-Requested-With, so of browsers only named sites may. */
export type SocketAccess = (asking: Omit<Asking, 'method'>) => Verdict;

export function createSocketAccess(rules: AccessRules, port: () => number): SocketAccess {
  const admission: Admission = createAdmission(rules, port);
  return ({ headers, query }) => {
    const verdict = admission(headers, query.get('token'));
    const isNamed = 'Access-Control-Allow-Origin' in verdict.headers;
    const isForged = rules.token === null && isBrowser(headers) && !isNamed;
    return { ...verdict, refused: verdict.refused ?? (isForged ? 403 : undefined) };
  };
}
