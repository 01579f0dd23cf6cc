"""Names for the points of the 468-point mesh, and which point mirrors which.

Point numbers are those of MediaPipe's canonical face model. Rings go once round, starting at
the corner on the picture's left and along the upper edge first. "Left" is the picture's left.
"""

from __future__ import annotations

N_POINTS = 468

# The four rings of the lips, from the outer contour inwards to the edge of the opening.
LIP_RINGS = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306, 307, 320, 404, 315, 16, 85, 180, 90, 77),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292, 325, 319, 403, 316, 15, 86, 179, 89, 96),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95),
)
MOUTH_OPENING = LIP_RINGS[3]

LEFT_EYE = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
RIGHT_EYE = (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249)

# The crease above each upper lid, from corner to corner.
LEFT_CREASE = (33, 247, 30, 29, 27, 28, 56, 190, 133)
RIGHT_CREASE = (263, 467, 260, 259, 257, 258, 286, 414, 362)

# Upper and lower edge of each opening, point against point: they meet when it closes.
LID_PAIRS = tuple((eye[i], eye[-i]) for eye in (LEFT_EYE, RIGHT_EYE) for i in range(1, 8))
LIP_PAIRS = tuple((MOUTH_OPENING[i], MOUTH_OPENING[-i]) for i in range(1, 10))

MIRROR = {
    **dict(zip(LEFT_EYE, RIGHT_EYE, strict=True)),
    **{ring[i]: ring[10 - i] for ring in LIP_RINGS for i in range(5)},
    **{ring[-i]: ring[10 + i] for ring in LIP_RINGS for i in range(1, 5)},
    # brows
    70: 300, 63: 293, 105: 334, 66: 296, 107: 336, 46: 276, 53: 283, 52: 282, 65: 295, 55: 285,
    # around the eyes
    247: 467, 30: 260, 29: 259, 27: 257, 28: 258, 56: 286, 190: 414, 130: 359, 243: 463,
    25: 255, 110: 339, 24: 254, 23: 253, 22: 252, 26: 256, 112: 341, 226: 446, 113: 342,
    225: 445, 224: 444, 223: 443, 222: 442, 221: 441, 189: 413, 193: 417, 244: 464, 245: 465,
    31: 261, 228: 448, 229: 449, 230: 450, 231: 451, 232: 452, 233: 453, 128: 357, 35: 265,
    111: 340, 117: 346, 118: 347, 119: 348, 120: 349, 121: 350, 124: 353, 156: 383, 143: 372,
    # forehead
    108: 337, 69: 299, 104: 333, 68: 298, 71: 301, 109: 338, 67: 297, 103: 332, 54: 284,
    21: 251, 162: 389, 139: 368,
    # nose
    122: 351, 196: 419, 3: 248, 51: 281, 45: 275, 44: 274, 174: 399, 236: 456, 198: 420,
    134: 363, 131: 360, 49: 279, 48: 278, 64: 294, 98: 327, 97: 326, 129: 358, 220: 440,
    115: 344, 218: 438, 219: 439, 102: 331, 209: 429, 126: 355, 217: 437, 114: 343, 47: 277,
    # cheeks
    50: 280, 101: 330, 36: 266, 205: 425, 203: 423, 206: 426, 207: 427, 187: 411, 216: 436,
    212: 432, 214: 434, 192: 416, 142: 371, 100: 329, 123: 352, 116: 345, 147: 376, 213: 433,
    # around the mouth and chin
    57: 287, 186: 410, 92: 322, 165: 391, 167: 393, 43: 273, 106: 335, 182: 406, 83: 313,
    202: 422, 204: 424, 194: 418, 201: 421, 210: 430, 211: 431, 32: 262, 208: 428, 140: 369,
    171: 396, 170: 395, 169: 394, 135: 364, 138: 367,
    # contour
    127: 356, 234: 454, 93: 323, 132: 361, 58: 288, 172: 397, 136: 365, 150: 379, 149: 378,
    176: 400, 148: 377, 227: 447, 137: 366, 177: 401, 215: 435, 34: 264,
}  # fmt: skip


def _both(*left: int) -> tuple[int, ...]:
    """The points, their mirror images, and those on the midline once."""
    return left + tuple(MIRROR[point] for point in left if point in MIRROR)


BROWS = _both(70, 63, 105, 66, 107, 46, 53, 52, 65, 55)
EYES = _both(*LEFT_EYE)
LIPS = tuple(point for ring in LIP_RINGS for point in ring)
FOREHEAD = (10, 151, *_both(109, 67, 103, 54, 108, 69, 104, 68, 21, 71))
NOSE = (1, 2, 4, 5, 19, 94, 195, 197, 6, *_both(45, 44, 51, 3, 98, 97, 64, 129, 131, 49, 48, 220))
CHIN = (18, 200, 199, 175, 152, *_both(83, 201, 208, 171, 148, 176, 140, 32, 194))
JAW = _both(172, 136, 150, 149, 58, 132, 138, 135, 169, 170)
SIDES = _both(127, 234, 93, 162, 21, 54, 227, 137, 34, 139, 143, 116, 123)
UNDER_EYES = _both(31, 228, 229, 230, 231, 232, 25, 110, 24, 23, 22, 26)
CHEEKS = _both(50, 101, 36, 205, 117, 118, 119, 187, 207)

# Seen from the front these lie on the outline, as others do that are a good deal nearer: when the
# head turns, the strip between the two would be torn wide. The net does without them.
HIDDEN_SIDES = _both(127, 234, 93, 132, 58)
