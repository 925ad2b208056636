/** The page: what failed, the diagram, and beside it what is known about the step that is looked at. */
import { useEffect, useState } from 'preact/hooks';
import type { PageData } from '../../report/page.ts';
import { DiagramPane } from './diagram-pane.tsx';
import { DropTarget } from './drop.tsx';
import { Header } from './header.tsx';
import { useKeyboard } from './keys.ts';
import { Side } from './side.tsx';
import { Toolbar } from './toolbar.tsx';
import { useView } from './view.ts';

export function App({ initial }: { readonly initial: PageData | null }) {
  // What is opened later is another page, even if it is of the same name.
  const [{ data, serial }, setOpened] = useState({ data: initial, serial: 0 });
  const open = (next: PageData) => setOpened((now) => ({ data: next, serial: now.serial + 1 }));
  return (
    <DropTarget onData={open} empty={data === null}>
      {data && <Page key={serial} data={data} isFirst={serial === 0} />}
    </DropTarget>
  );
}

function Page({ data, isFirst }: { readonly data: PageData; readonly isFirst: boolean }) {
  const view = useView(data, isFirst);
  useKeyboard(view);
  useEffect(() => {
    document.title = `${data.title} · clew`;
  }, [data]);
  return (
    <div class="page">
      <Header data={data} view={view} />
      <Toolbar view={view} />
      <DiagramPane view={view} />
      <Side data={data} view={view} />
    </div>
  );
}
