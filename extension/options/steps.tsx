/** The first-run checklist: what is done, what comes next. */

import { say } from '../ui/say.ts';
import type { HostState } from '../ui-protocol.ts';
import type { OptionsView } from './load.ts';

interface Step {
  title: string;
  done: boolean;
  text: string;
}

export function Steps({ view }: { view: OptionsView }) {
  return (
    <section class="card" aria-labelledby="steps">
      <h2 id="steps">{say('options.steps')}</h2>
      <ol class="steps">
        {stepsOf(view).map(step => (
          <li key={step.title} data-done={step.done}>
            <span class="step-mark" aria-hidden="true">
              {step.done ? '✓' : ''}
            </span>
            <div>
              <p class="tick-label">
                {step.title} <span class="hidden">({say(step.done ? 'options.step.done' : 'options.step.todo')})</span>
              </p>
              <p class="quiet">{step.text}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** States in which the browser has started the program, or could. */
const FOUND = new Set<string>([
  'host-exited',
  'host-stopped',
  'daemon-down',
  'protocol-mismatch',
  'extension-too-old',
  'program-too-old',
] satisfies HostState[]);

function stepsOf({ link, visibility }: OptionsView): Step[] {
  const home = link.state === 'connected' ? link.home : null;
  const found = home !== null || FOUND.has(link.state);
  const answered = visibility.mode !== 'unanswered';
  const folders = home?.folders.length ?? 0;
  const sites = home?.sites.length ?? 0;
  return [
    {
      title: say('options.step.host'),
      done: found,
      text: home
        ? say('options.step.host.done', { version: home.status.version })
        : say(found ? 'options.step.host.found' : 'options.step.host.todo'),
    },
    {
      title: say('options.step.daemon'),
      done: home !== null,
      text: home
        ? say('options.step.daemon.done', { files: say('files', { n: home.status.files }) })
        : say('options.step.daemon.todo'),
    },
    {
      title: say('options.step.visible'),
      done: answered,
      text: say(answered ? 'options.step.visible.done' : 'options.step.visible.todo'),
    },
    {
      title: say('options.step.folder'),
      done: folders > 0,
      text: folders > 0 ? say('folders', { n: folders }) : say('options.step.folder.todo'),
    },
    {
      title: say('options.step.site'),
      done: sites > 0,
      text: sites > 0 ? say('options.step.site.done', { n: sites }) : say('options.step.site.todo'),
    },
  ];
}
