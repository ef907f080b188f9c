import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { statesOf } from './states';
import { missing, type StepID } from './steps';
import type { Spec } from './spec';
import { Wizard } from './Wizard';

window.scrollTo = vi.fn();

function show(step: StepID, spec: Spec, go: (step: StepID) => void) {
  const mistakes = [{ step: 'mapping' as const, path: 'identifier', text: 'No such column.' }];
  const states = statesOf(spec, ['email'], mistakes, new Set(['when']));
  return (
    <MantineProvider>
      <Wizard
        step={step}
        go={go}
        states={states}
        missing={missing(spec, step, ['email'])}
        mistakes={mistakes}
        end={<button>The end</button>}
      >
        <p>body</p>
      </Wizard>
    </MantineProvider>
  );
}

describe('the wizard', () => {
  afterEach(cleanup);

  it('goes on when a step is complete, and says what is missing when it is not', () => {
    const go = vi.fn();
    const { rerender } = render(show('source', {}, go));
    fireEvent.click(screen.getByRole('button', { name: 'Continue' }));
    expect(go).not.toHaveBeenCalled();
    expect(screen.getByRole('status').textContent).toBe('Choose or add a source.');
    rerender(show('source', { source: 'shop' }, go));
    expect(screen.getByRole('status').textContent).toBe('');
    fireEvent.click(screen.getByRole('button', { name: 'Continue' }));
    expect(go).toHaveBeenCalledWith('people');
  });

  it('opens any step, tells how far each is, and leads the focus to its question', () => {
    const go = vi.fn();
    const spec = { source: 'shop', identifier: 'gone', mapping: { email: 'email' } };
    const { rerender } = render(show('source', spec, go));
    const steps = screen.getByRole('navigation', { name: 'Steps' });
    const labels = Array.from(steps.querySelectorAll('button'), (b) => b.textContent ?? '');
    expect(labels[0]).toContain('Source, done');
    expect(labels[1]).toContain('People, to do');
    expect(labels[2]).toContain('Mapping, needs mending');
    expect(labels[3]).toContain('Audience, to do');
    expect(labels[4]).toContain('When and how, done');
    fireEvent.click(screen.getByText('Mapping'));
    expect(go).toHaveBeenCalledWith('mapping');
    rerender(show('mapping', spec, go));
    expect(document.activeElement?.textContent).toBe('How does X recognise them?');
  });

  it('ends with what the page says', () => {
    render(show('review', {}, vi.fn()));
    expect(screen.queryByRole('button', { name: 'Continue' })).toBeNull();
    expect(screen.getByText('The end')).toBeTruthy();
  });
});
