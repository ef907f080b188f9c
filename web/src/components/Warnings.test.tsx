import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { TestSteps } from './TestSteps';
import { Warnings } from './Warnings';

const shared = '1 phone number stands in 14,000 of 20,000 rows';

describe('warnings', () => {
  it('say what it is and what to do', () => {
    render(
      <MantineProvider>
        <Warnings warnings={[{ reason: shared, count: 14000, mend: 'set max_shared.' }]} />
      </MantineProvider>,
    );
    expect(screen.getByText(shared)).toBeTruthy();
    expect(screen.getByText('Set max_shared.')).toBeTruthy();
  });

  it('are nothing where there are none', () => {
    const { container } = render(
      <MantineProvider>
        <Warnings warnings={null} />
        <Warnings warnings={[]} />
      </MantineProvider>,
    );
    expect(container.querySelector('[role="alert"]')).toBeNull();
  });
});

describe('a test that warns', () => {
  it('passes, and says what to look at', () => {
    const step = { step: 'values', ok: true, warning: true, detail: shared, mend: 'Leave it out.' };
    render(
      <MantineProvider>
        <TestSteps testing={false} result={{ ok: true, steps: [step] }} good="A run can begin." />
      </MantineProvider>,
    );
    expect(screen.getByLabelText('warning')).toBeTruthy();
    expect(screen.getByText('What to look at')).toBeTruthy();
    expect(screen.getByText('Leave it out.')).toBeTruthy();
    expect(screen.getByText('A run can begin.')).toBeTruthy();
  });
});
