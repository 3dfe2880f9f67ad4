/** The name of a file, kept to its own direction; where there is none, the start of its id. */

interface ItemNameProps {
  name: string | null;
  id: string;
}

export function ItemName({ name, id }: ItemNameProps) {
  if (name === null) {
    return (
      <code class="item-name" dir="ltr" title={id}>
        {id.slice(0, 12)}…
      </code>
    );
  }
  return (
    <bdi class="file-name" title={name}>
      {name}
    </bdi>
  );
}
