// LargeFile PATH.parquet MEGABYTES: a file of about that size, of documents of 3 KB that hardly compress. Their words
// are longer than a token can be, so that a CPU gets through a large file in minutes.
// LargeFile PATH.jsonl DOCUMENTS: documents with FineWeb's lengths.
using System.Globalization;
using FineWebTorch.Parquet.DuckDb;
using FineWebTorch.Texts;

if (args is not [var path, var size] || !long.TryParse(size, CultureInfo.InvariantCulture, out var number))
{
    await Console.Error.WriteLineAsync("usage: LargeFile PATH.parquet MEGABYTES, or LargeFile PATH.jsonl DOCUMENTS");
    return 2;
}
if (path.EndsWith(".jsonl", StringComparison.Ordinal))
{
    TextFile.Write(path, TextFile.FineWebLike((int)number, 1, "tests/data/models/minilm-edu/vocab.txt"));
    return 0;
}

const int WordsPerDocument = 20;
const int BytesPerDocumentOnDisk = 1_650; // 161 bytes a word, hexadecimal digits compress to about half
var documents = number * 1_000_000 / BytesPerDocumentOnDisk;
using var session = Session.Open(memoryLimitMegabytes: 1000);
session.Execute("CREATE MACRO long_word(n) AS md5(n::VARCHAR) || md5((n + 0.2)::VARCHAR) || md5((n + 0.4)::VARCHAR)" +
    " || md5((n + 0.6)::VARCHAR) || md5((n + 0.8)::VARCHAR)");
session.Execute(string.Create(CultureInfo.InvariantCulture, $"""
    COPY (
        SELECT i AS id, array_to_string(
            list_transform(range({WordsPerDocument}), word -> long_word(i * {WordsPerDocument} + word)),
            ' ') AS text
        FROM range({documents}) AS documents(i)
    ) TO '{path.Replace("'", "''", StringComparison.Ordinal)}'
    (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)
    """));
Console.WriteLine($"{path}: {documents} documents, {new FileInfo(path).Length / 1e6:F0} MB");
return 0;
