// LargeFile PATH MEGABYTES: a Parquet file of about that size, of documents of 40 KB in words that hardly compress.
using System.Globalization;
using FineWebTorch.Parquet.DuckDb;

if (args is not [var path, var size] || !long.TryParse(size, CultureInfo.InvariantCulture, out var megabytes))
{
    await Console.Error.WriteLineAsync("usage: LargeFile PATH MEGABYTES");
    return 2;
}

const int WordsPerDocument = 1200;
const int BytesPerDocumentOnDisk = 20_700; // 33 bytes a word, hexadecimal digits compress to about half
var documents = megabytes * 1_000_000 / BytesPerDocumentOnDisk;
using var session = Session.Open(memoryLimitMegabytes: 1000);
session.Execute(string.Create(CultureInfo.InvariantCulture, $"""
    COPY (
        SELECT i AS id, array_to_string(
            list_transform(range({WordsPerDocument}), word -> md5((i * {WordsPerDocument} + word)::VARCHAR)),
            ' ') AS text
        FROM range({documents}) AS documents(i)
    ) TO '{path.Replace("'", "''", StringComparison.Ordinal)}'
    (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)
    """));
Console.WriteLine($"{path}: {documents} documents, {new FileInfo(path).Length / 1e6:F0} MB");
return 0;
