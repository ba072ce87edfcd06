using System.Text;
using System.Text.RegularExpressions;
using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>Turns DuckDB's words on an input file into one line a person can act on.</summary>
internal static partial class EngineErrors
{
    /// <summary>A message may quote a whole document.</summary>
    private const int LongestQuote = 300;

    /// <param name="exception">What DuckDB threw.</param>
    /// <param name="path">The file that was read.</param>
    /// <param name="where">Where in the file, say "at or after row 7"; may be empty.</param>
    public static ParquetFileException ForInput(DuckDbException exception, string path, string where = "")
    {
        var text = OneLine(exception.Message);
        var place = where.Length == 0 ? "" : " " + where;
        if (text.Contains("encrypted", StringComparison.OrdinalIgnoreCase))
            return FileSignature.Encrypted(path);
        if (exception.Type == ErrorType.OutOfMemory || text.StartsWith("Out of Memory", StringComparison.Ordinal))
        {
            return new ParquetFileException(
                ParquetFault.Unsupported, path, $"one of its pages needs too much memory{place} ({text})",
                "write it again with pages of about 1 MB", exception);
        }
        if (text.Contains("Invalid string encoding", StringComparison.Ordinal))
        {
            return new ParquetFileException(
                ParquetFault.InvalidText, path,
                $"a string is not UTF-8{place}, by a damaged page or a text in another encoding",
                "download or write the file again, with UTF-8 text", exception);
        }
        if (Unsupported().IsMatch(text))
        {
            return new ParquetFileException(
                ParquetFault.Unsupported, path, $"it uses what this reader cannot read{place} ({text})",
                "write it again with zstd and plain types", exception);
        }
        return FileSignature.Damaged(path, $"it is damaged{place} ({text})", exception);
    }

    /// <summary>The text without line breaks, control characters and DuckDB's hints, cut to be readable.</summary>
    public static string OneLine(string message)
    {
        var end = message.IndexOf("\n\n", StringComparison.Ordinal);
        var text = new StringBuilder();
        foreach (var rune in message[..(end < 0 ? message.Length : end)].EnumerateRunes())
        {
            if (text.Length > LongestQuote)
                return text.Append('…').ToString();
            if (!Rune.IsControl(rune))
                text.Append(rune);
            else if (text.Length > 0 && text[^1] != ' ')
                text.Append(' ');
        }
        return text.ToString().TrimEnd();
    }

    [GeneratedRegex("Unsupported compression|not implemented|Unsupported|unimplemented", RegexOptions.IgnoreCase)]
    private static partial Regex Unsupported();
}
