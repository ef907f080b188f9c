import { PageHeader } from '../../components/PageHeader';

export default function Source() {
  return <PageHeader title="Source" />;
}
