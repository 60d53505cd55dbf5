"""Tables of text and sheets of workbooks: how cells become values, whatever they mean."""
