"""The workbooks that lessons open: nine steps, the OR gate, one backward step."""
