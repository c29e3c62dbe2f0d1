from slipway.dockerfile import instructions


def test_comments_and_continued_lines_are_no_instructions_of_their_own() -> None:
    text = "# FROM a\nfrom b \\\n  # FROM c\n  AS d\n\nRUN e\n"
    assert list(instructions(text)) == [(2, "FROM", "b  AS d"), (6, "RUN", "e")]


def test_what_a_here_document_says_is_no_instruction() -> None:
    text = "RUN python <<END && cat <<-'MORE'\nfrom a import b\nEND\nFROM c\n\tMORE\nUSER d\n"
    assert [each.name for each in instructions(text)] == ["RUN", "USER"]
