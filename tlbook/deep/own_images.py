"""Your own images: a folder of pictures as a domain.

    folder/cup/1.png, folder/cup/2.png, folder/key/1.png, ...   labeled by subfolders     (1)
    folder/1.png, folder/2.png, ...                             not labeled               (2)

A picture is opened when a batch draws it, so that the folder may be larger than
the memory; labels and class names are read from the names of the subfolders.

Cost: O(n) time, O(n) memory for n names; an item takes the time to decode one
picture.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from torch.utils.data import Dataset

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


def pictures(folder):
    """Return the pictures right in a folder, by name; hidden files and others are none."""
    return sorted(
        path
        for path in Path(folder).iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )


class ImageFolder(Dataset):
    """Pictures of a folder as a map-style Dataset, ready for the `fit` of a deep method.

    Parameters
    ----------
    folder : str or Path
        With a subfolder of pictures for each class (1), or with pictures (2).
        Names are ordered as text, so that the order is the same everywhere.
    transform : callable
        Makes an array of one shape of a `PIL.Image.Image` in RGB, such as
        `tlbook.deep.preprocess`.

    Attributes
    ----------
    paths : list of Path, n of them
    classes : list of str, or None without labels
        Names of the subfolders.
    targets : ndarray of int, shape (n,), or None without labels
        Index into `classes`.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If it has no pictures, a class has none, or some lie beside the classes.
        From `dataset[i]`, with the name of the file, if that is no picture.
    """

    def __init__(self, folder, transform):
        folder = Path(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {str(folder)!r}")
        self.transform = transform
        self.paths, self.classes, self.targets = pictures(folder), None, None
        inner = sorted(
            path
            for path in folder.iterdir()
            if path.is_dir() and not path.name.startswith(".")
        )
        if not self.paths and not inner:
            raise ValueError(
                f"{str(folder)!r} holds no pictures ({', '.join(SUFFIXES)})"
            )
        if inner:
            self._read_classes(inner)

    def _read_classes(self, inner):
        if self.paths:
            raise ValueError(
                f"{self.paths[0].name!r} lies beside the classes "
                f"{[path.name for path in inner]}: is it labeled or not?"
            )
        found = {path.name: pictures(path) for path in inner}
        empty = [name for name, paths in found.items() if not paths]
        if empty:
            raise ValueError(f"the classes {empty} have no pictures")
        self.classes = list(found)
        self.paths = [path for paths in found.values() for path in paths]
        counts = [len(paths) for paths in found.values()]
        self.targets = np.repeat(np.arange(len(found)), counts)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        """Return (sample, class), or the sample alone where there are no labels."""
        try:
            with Image.open(self.paths[i]) as image:
                mode, upright = image.mode, ImageOps.exif_transpose(image)
        except (OSError, SyntaxError) as error:
            raise ValueError(
                f"{str(self.paths[i])!r} cannot be read as a picture: {error}"
            ) from error
        if mode.startswith(("I", "F")):
            raise ValueError(
                f"{str(self.paths[i])!r} has more than 8 bits a color (mode "
                f"{mode}): RGB would cut them off; save it with 8"
            )
        sample = self.transform(upright.convert("RGB"))
        return sample if self.targets is None else (sample, self.targets[i])
