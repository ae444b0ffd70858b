"""Pictures as others may see them: upright, of a sane size, and without what a camera wrote into them.

The place a photo was taken at, the camera's name, comments, a preview of what was cut off: all of it goes (C-26).
"""

import io
import struct

from PIL import Image, ImageOps, UnidentifiedImageError

QUALITY = 86
BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error)


def upright(content: bytes, longest_side: int) -> Image.Image:
    """The picture alone, as one holds it, no side longer than so many pixels. Raises one of BROKEN."""
    with Image.open(io.BytesIO(content)) as opened:
        opened.draft("RGB", (longest_side, longest_side))  # a JPEG is read no larger than needed
        turned = ImageOps.exif_transpose(opened)
        turned.thumbnail((longest_side, longest_side))
        mode = "RGBA" if "A" in turned.getbands() or "transparency" in turned.info else "RGB"
        bare = turned.convert(mode)
    bare.info = {}  # place, camera, comments, a preview of the uncropped picture
    return bare


def written(picture: Image.Image, form: str) -> bytes:
    """As a file of this form (JPEG or PNG); what is transparent becomes white in a JPEG."""
    file = io.BytesIO()
    if form == "JPEG" and picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    picture.save(file, form, **({"quality": QUALITY, "optimize": True} if form == "JPEG" else {"optimize": True}))
    return file.getvalue()
