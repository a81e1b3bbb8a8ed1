"""Print a notebook as text for `git diff`: its cells and what they printed, nothing else."""

import sys

from book import alt_of, images, read, tags


def lines(notebook):
    for cell in notebook.cells:
        yield f"--- {' '.join([cell.cell_type, *sorted(tags(cell))])}"
        yield cell.source
        for output in cell.get("outputs", []):
            if output in images(cell):
                yield f"[figure] {alt_of(output)}"
            elif output.output_type == "stream":
                yield f"[{output.name}] {output.text.rstrip()}"
            elif output.output_type == "error":
                yield f"[error] {output.ename}: {output.evalue}"
            else:
                data = output.data
                yield f"[out] {data.get('text/markdown', data.get('text/plain', sorted(data)))}"
        yield ""


if __name__ == "__main__":
    print("\n".join(lines(read(sys.argv[1]))))
