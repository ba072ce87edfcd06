using System.Text;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Reads whole columns by the reader under test.</summary>
internal static class Reading
{
    public static List<string?> Texts(
        string path, string textColumn = "text", long firstRow = 0, long endRow = long.MaxValue)
    {
        using var reader = TextColumnReader.Open(path, textColumn, firstRow, endRow: endRow);
        var texts = new List<string?>();
        while (reader.Read())
        {
            Assert.Equal(firstRow + texts.Count, reader.FirstRow);
            for (var i = 0; i < reader.Count; i++)
                texts.Add(reader.IsNull(i) ? null : Encoding.UTF8.GetString(reader.Text(i)));
        }
        Assert.Equal(Math.Min(endRow, reader.TotalRows) - firstRow, texts.Count);
        return texts;
    }
}
