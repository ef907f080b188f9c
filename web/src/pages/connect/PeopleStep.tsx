import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useRef } from 'react';

import { at } from './mistakes';
import { modelOf, queryOf, text, withModel, withModelOf, type Spec } from './spec';
import { SqlModel } from './SqlModel';
import type { StepProps } from './stepProps';
import { TableTree } from './TableTree';
import { Conditions } from './where/Conditions';

/** PeopleStep chooses what is mirrored: a table, or some of its rows, or the rows of a query. */
export function PeopleStep({ spec, change, mistakes }: StepProps) {
  const source = text(spec, 'source');
  const model = modelOf(spec);
  // Who looks at the other kind and comes back finds what was there.
  const other = useRef<Spec | null>(null);
  if (!source) return <Text>Choose a source first.</Text>;

  const turn = (kind: string) => {
    const before = other.current;
    other.current = spec;
    if (before) change(withModelOf(spec, before));
    else if (kind === 'sql') change(withModel(spec, { kind: 'sql', text: queryOf(model.text) }));
    else change(withModel(spec, { kind: 'table', text: '' }));
  };
  const wrong = at(mistakes, model.kind);
  return (
    <Stack>
      <SegmentedControl
        aria-label="What is mirrored"
        value={model.kind}
        onChange={turn}
        data={[
          { value: 'table', label: 'A table or view' },
          { value: 'sql', label: 'A SQL query' },
        ]}
        w="fit-content"
        maw="100%"
      />
      {model.kind === 'table' ? (
        <>
          <TableTree
            source={source}
            value={model.text}
            onChange={(table) => change(withModel(spec, { kind: 'table', text: table }))}
            error={wrong}
          />
          {model.text && (
            <Conditions key={model.text} spec={spec} change={change} error={at(mistakes, 'where')} />
          )}
        </>
      ) : (
        <SqlModel
          source={source}
          value={model.text}
          onChange={(sql) => change(withModel(spec, { kind: 'sql', text: sql }))}
          error={wrong}
        />
      )}
    </Stack>
  );
}
