/** What the program asks: whether a site may have your own copy of a file, and what of files that a site lists and are not here. */

import type { DaemonQuestion, QuestionAnswer } from '../../shared/grants.ts';
import { useAct } from './act.ts';
import { bytes } from './format.ts';
import { say } from './say.ts';
import { TroubleNote } from './trouble.tsx';

interface QuestionNoteProps {
  question: DaemonQuestion;
  answer: (answer: QuestionAnswer) => Promise<unknown>;
}

export function QuestionNote({ question, answer }: QuestionNoteProps) {
  const act = useAct();
  const { kind, origin, count: n } = question;
  const give = (yes: boolean) => void act.run(() => answer(answerTo(question, yes)));
  return (
    <fieldset class="note note-warn" disabled={act.busy.value}>
      <legend class="hidden">{say(`question.${kind}`, { origin, n })}</legend>
      <p>{say(`question.${kind}`, { origin, n })}</p>
      {question.kind === 'own-copy' && <Files question={question} />}
      <p class="quiet">{say(`question.${kind}.hint`)}</p>
      <div class="buttons">
        <button type="button" class="small" onClick={() => give(kind === 'own-copy')}>
          {say(kind === 'own-copy' ? 'question.own-copy.yes' : 'question.not-here.no')}
        </button>
        <button type="button" class="small" onClick={() => give(kind !== 'own-copy')}>
          {kind === 'own-copy' ? say('question.own-copy.no') : say('question.not-here.yes', { n })}
        </button>
      </div>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </fieldset>
  );
}

const NAMED = 3;

function Files({ question: { files, count } }: { question: Extract<DaemonQuestion, { kind: 'own-copy' }> }) {
  const named = files.slice(0, NAMED);
  return (
    <ul class="named">
      {named.map(({ id, path, size }) => (
        <li key={id}>
          <bdi title={path}>{path.split(/[\\/]/).at(-1)}</bdi> <span class="quiet">{bytes(size)}</span>
        </li>
      ))}
      {count > named.length && <li class="quiet">{say('popup.more', { n: count - named.length })}</li>}
    </ul>
  );
}

/** Of files, those that the question named: what came since is asked about anew. */
function answerTo(question: DaemonQuestion, yes: boolean): QuestionAnswer {
  const { kind, origin } = question;
  return kind === 'own-copy' ? { kind, origin, ids: question.files.map(({ id }) => id), yes } : { kind, origin, yes };
}
