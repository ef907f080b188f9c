import { Alert, Button, Loader, Radio, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { destinationsQuery } from '../../api/queries';
import { ObjectForm } from '../../components/ObjectForm';
import { where } from '../../components/objects';
import { ProblemAlert } from '../../components/ProblemAlert';
import { AccountTest } from './AccountTest';
import { at } from './mistakes';
import { ObjectCard } from '../../components/ObjectCard';
import { audienceOf, set, text, withAudience } from './spec';
import type { StepProps } from './stepProps';

/** AccountPart chooses the X account that the audience is in, or adds it. */
export function AccountPart({ spec, change, mistakes, stored }: StepProps) {
  const { data: destinations, error, refetch } = useQuery(destinationsQuery);
  const [adding, setAdding] = useState(false);
  const chosen = text(spec, 'destination');

  // An audience's id means nothing in another account.
  const choose = (name: string) => {
    const next = set(spec, 'destination', name);
    const elsewhere = name !== chosen && audienceOf(spec).kind === 'existing';
    change(elsewhere ? withAudience(next, { kind: 'existing', id: '' }) : next);
  };
  if (error) return <ProblemAlert error={error} retry={() => void refetch()} />;
  if (!destinations) return <Loader aria-label="Loading" />;
  if (adding || destinations.length === 0)
    return (
      <ObjectForm
        kind="destination"
        {...(destinations.length > 0 ? { cancel: () => setAdding(false) } : {})}
        saved={({ name }) => {
          setAdding(false);
          choose(name);
        }}
      />
    );
  return (
    <Stack>
      <Radio.Group
        label="X account"
        description="The X Ads account that has the audience. One account can serve many connections."
        value={chosen || null}
        onChange={choose}
        error={at(mistakes, 'destination')}
      >
        <Stack gap="xs" mt="sm">
          {destinations.map((d) => {
            return (
              <ObjectCard
                key={d.name}
                name={d.name}
                detail={[where(d.spec), d.spec.api_url && `by way of ${d.spec.api_url}`]
                  .filter(Boolean)
                  .join(' · ')}
                chosen={d.name === chosen}
              />
            );
          })}
        </Stack>
      </Radio.Group>
      {stored && chosen !== text(stored, 'destination') && (
        <Alert color="orange" title="This is another account">
          Unless it stands for the same account, the connection gets another audience. People in the old one
          stay there.
        </Alert>
      )}
      {chosen && <AccountTest key={chosen} name={chosen} />}
      <Button
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setAdding(true)}
        w="fit-content"
      >
        Add an X account
      </Button>
    </Stack>
  );
}
