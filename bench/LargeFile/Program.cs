// LargeFile PATH.parquet MEGABYTES: a file of about that size, of documents of 3 KB that hardly compress. Their words
// are longer than a token can be, so that a CPU gets through a large file in minutes.
// LargeFile PATH.jsonl DOCUMENTS: documents with FineWeb's lengths.
using System.Globalization;
using System.Text;
using FineWebTorch.Texts;
using ParquetSharp;

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
const int BytesOfWord = 80;
const int BytesPerDocumentOnDisk = 1_650; // 161 bytes a word, hexadecimal digits compress to about half
const int RowsOfGroup = 2048;
var documents = number * 1_000_000 / BytesPerDocumentOnDisk;
var random = new Random(1);
var bytes = new byte[BytesOfWord];
using var properties = new WriterPropertiesBuilder().Compression(Compression.Zstd).DisableDictionary().Build();
using (var file = new ParquetFileWriter(path, [new Column<long>("id"), new Column<string>("text")], properties))
{
    for (var first = 0L; first < documents; first += RowsOfGroup)
    {
        var rows = (int)Math.Min(RowsOfGroup, documents - first);
        using var group = file.AppendRowGroup();
        using (var ids = group.NextColumn().LogicalWriter<long>())
            ids.WriteBatch([.. Enumerable.Range(0, rows).Select(row => first + row)]);
        using (var texts = group.NextColumn().LogicalWriter<string>())
            texts.WriteBatch([.. Enumerable.Range(0, rows).Select(_ => Document())]);
    }
    file.Close();
}
Console.WriteLine($"{path}: {documents} documents, {new FileInfo(path).Length / 1e6:F0} MB");
return 0;

string Document()
{
    var text = new StringBuilder();
    for (var word = 0; word < WordsPerDocument; word++)
    {
        random.NextBytes(bytes);
        text.Append(word == 0 ? "" : " ").Append(Convert.ToHexStringLower(bytes));
    }
    return text.ToString();
}
