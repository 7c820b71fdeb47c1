from __future__ import annotations

import unittest

from shapes.square import square


class Test(unittest.TestCase):
    def test_square(self) -> None:
        self.assertEqual(square(3), 9)
