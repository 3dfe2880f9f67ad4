/** What waits for the person: questions, folders that are not there, files that spoilt, a port that another program took. */

import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import type { DaemonQuestion } from '../../shared/grants.ts';
import { MissingFolder } from './missing-folder.tsx';
import type { PageProps } from './page-props.ts';
import { QuestionNote } from './questions.tsx';
import { say } from './say.ts';

interface AttentionProps extends PageProps {
  folders: readonly Folder[];
  status: DaemonStatus;
  questions: readonly DaemonQuestion[];
}

export function Attention({ ui, refresh, folders, status, questions }: AttentionProps) {
  const missing = folders.filter(folder => folder.state === 'missing');
  const waits = missing.length + questions.length + status.rotten.length;
  if (waits === 0 && !status.httpPortTaken) return null;
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">{say('popup.attention')}</h2>
      {missing.map(folder => (
        <MissingFolder
          key={folder.id}
          folder={folder}
          confirm={() => ui.daemon('folder.confirm', { path: folder.path }).then(refresh)}
        />
      ))}
      {questions.map(question => (
        <QuestionNote
          key={`${question.kind} ${question.origin}`}
          question={question}
          answer={answer => ui.daemon('question.answer', answer).then(refresh)}
        />
      ))}
      {status.rotten.map(({ path }) => (
        <p key={path} class="note note-warn">
          {say('popup.rotten', { path })}
        </p>
      ))}
      {status.httpPortTaken && <p class="note">{say('popup.port', { port: String(status.http) })}</p>}
    </section>
  );
}
