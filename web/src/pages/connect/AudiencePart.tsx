import { Alert, Radio, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';

import { AudienceSearch } from './AudienceSearch';
import { useHeldAudience } from './useHeldAudience';
import { at } from './mistakes';
import { ObjectCard } from '../../components/ObjectCard';
import { NameCheck } from './NameCheck';
import { otherAudience } from './plain';
import { audienceOf, splitOf, text, withAudience, withSplit, type Audience } from './spec';
import { SplitPart } from './SplitPart';
import type { StepProps } from './stepProps';

/** AudiencePart makes a new audience or picks one that is in the account. */
export function AudiencePart({ name, spec, change, mistakes, stored }: StepProps) {
  const audience = audienceOf(spec);
  const destination = text(spec, 'destination');
  const held = useHeldAudience(stored ? name : '');
  // Who looks at the other kind and comes back finds what was there.
  const [made, setMade] = useState<Audience>(
    audience.kind === 'new' ? audience : { kind: 'new', name: '', description: '' },
  );
  const [picked, setPicked] = useState<Audience>(
    audience.kind === 'existing' ? audience : { kind: 'existing', id: '' },
  );
  // The audience that the connection made has its name, of course.
  const before = stored && audienceOf(stored);
  const own = before?.kind === 'new' ? before.name : '';
  const isMade = held !== '' && before?.kind === 'new' && text(stored ?? {}, 'destination') === destination;
  const split = splitOf(spec);
  const put = (next: Audience) => {
    if (next.kind === 'new') setMade(next);
    else setPicked(next);
    // An audience that exists is one.
    change(withAudience(next.kind === 'new' ? spec : withSplit(spec, undefined), next));
  };
  return (
    <Stack>
      <Radio.Group
        label="Audience"
        value={audience.kind}
        onChange={(kind) => put(kind === 'new' ? made : picked)}
        description="One audience is fed by one connection."
      >
        <Stack gap="xs" mt="sm">
          <ObjectCard
            name="A new audience"
            value="new"
            detail="The first run makes it in your X account."
            chosen={audience.kind === 'new'}
          />
          <ObjectCard
            name="An existing audience"
            value="existing"
            detail="People who are in it already, and whom Eddy did not add, stay in it."
            chosen={audience.kind === 'existing'}
          />
        </Stack>
      </Radio.Group>
      {audience.kind === 'new' && (
        <>
          <TextInput
            label="Name of the audience"
            description={
              isMade
                ? `It is made, as ${held}. To call it otherwise at X, rename it on the page of the X account.`
                : 'What X shows in campaigns. X never lets a name be used again, also after the audience is deleted.'
            }
            disabled={isMade}
            withAsterisk
            maxLength={255}
            value={audience.name}
            onChange={(e) => put({ ...audience, name: e.currentTarget.value })}
            error={at(mistakes, 'audience')}
          />
          <SplitPart spec={spec} change={change} mistakes={mistakes} />
          {audience.name !== own && split === undefined && (
            <NameCheck
              destination={destination}
              name={audience.name}
              take={(id) => put({ kind: 'existing', id })}
            />
          )}
          <Textarea
            label="Description"
            description="For people who see the audience in X. Not required."
            autosize
            minRows={2}
            maxLength={1000}
            value={audience.description}
            onChange={(e) => put({ ...audience, description: e.currentTarget.value })}
          />
        </>
      )}
      {audience.kind === 'existing' && (
        <AudienceSearch
          connection={name}
          destination={destination}
          value={audience.id}
          onChange={(id) => put({ kind: 'existing', id })}
          error={at(mistakes, 'audience')}
        />
      )}
      {stored && otherAudience(stored, spec, held) && (
        <Alert color="orange" title="People in the old audience stay there">
          The next run fills the new audience, and waits for approval before it does. To empty the old one
          first, let the model return no rows and approve that run.
        </Alert>
      )}
    </Stack>
  );
}
