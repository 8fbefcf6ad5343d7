"""The statements of a village's book of money, by the accounting system in force: layouts, figures, workbooks."""
