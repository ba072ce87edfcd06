using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Parquet.Tests;

/// <summary>A file of <c>tests/data/parquet</c> and what is expected of it.</summary>
public sealed record GoldenCase(
    [property: JsonPropertyName("file")] string File,
    [property: JsonPropertyName("expect")] string Expect,
    [property: JsonPropertyName("text_column")] string TextColumn,
    [property: JsonPropertyName("rows")] long Rows,
    [property: JsonPropertyName("null_rows")] IReadOnlyList<long>? NullRows,
    [property: JsonPropertyName("texts")] string? TextsFile,
    [property: JsonPropertyName("reason")] string? Reason)
{
    private static readonly Lazy<IReadOnlyList<GoldenCase>> Loaded = new(() =>
        JsonSerializer.Deserialize<GoldenCase[]>(
            System.IO.File.ReadAllBytes(TestData.Directory("parquet", "cases.json")))!);

    public static IReadOnlyList<GoldenCase> All => Loaded.Value;

    public static TheoryData<string> FilesExpected(string expect)
        => [.. All.Where(golden => golden.Expect == expect).Select(golden => golden.File)];

    public static GoldenCase Named(string file) => All.Single(golden => golden.File == file);

    public string Path => TestData.Directory("parquet", File);

    /// <summary>The text of each row; null for NULL.</summary>
    public IReadOnlyList<string?> Texts()
        => [.. System.IO.File.ReadLines(TestData.Directory("parquet", TextsFile!))
            .Select(line => JsonSerializer.Deserialize<string?>(line))];
}
