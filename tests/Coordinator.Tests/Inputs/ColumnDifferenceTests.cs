using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Parquet;
using ParquetSharp;

namespace FineWebTorch.Coordinator.Tests.Inputs;

/// <summary>Files of one run whose columns or types differ.</summary>
public sealed class ColumnDifferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Find_OneSetOfColumns_ReadsNothing()
    {
        var files = new[] { File("a", [new Column<string>("text")]), File("b", [new Column<string>("text")]) };

        Assert.Empty(await ColumnDifference.FindAsync(files, _ => throw new InvalidOperationException("not needed")));
    }

    [Fact]
    public async Task Find_OtherOrder_IsNoDifference()
    {
        var files = new[]
        {
            File("a", [new Column<string>("text"), new Column<int>("n")]),
            File("b", [new Column<int>("n"), new Column<string>("text")]),
        };

        Assert.Single(files.Select(file => file.Columns).Distinct());
        Assert.Empty(await FindAsync(files));
    }

    [Fact]
    public async Task Find_TypesAndColumnsThatDiffer_NamesFilesAndColumns()
    {
        var files = new[]
        {
            File("a", [new Column<string>("text"), new Column<long>("n")]),
            File("b", [new Column<string>("text"), new Column<string>("n"), new Column<string>("lang")]),
            File("c", [new Column<string>("text"), new Column<long>("n")]),
            File("d", [new Column<string>("text"), new Column<long>("n"), new Column<string>("lang")]),
        };

        Assert.Equal(
            [
                "column 'n' differs between files: int64 in a and 2 more files, string in b",
                "column 'lang' differs between files: missing in a and 1 more file, string in b and 1 more file",
            ],
            (await FindAsync(files)).Select(difference => $"{difference}"));
    }

    private static Task<IReadOnlyList<ColumnDifference>> FindAsync(IEnumerable<FileRecord> files) =>
        ColumnDifference.FindAsync(files, file => Task.FromResult(ParquetFile.Inspect(file.Path).Columns));

    private FileRecord File(string name, Column[] columns)
    {
        var path = _folder[name];
        using (var writer = new ParquetFileWriter(path, columns))
            writer.Close();
        return Runs.File(0, 0, path) with
        {
            Name = name,
            Columns = ColumnSet.Of(ParquetFile.Inspect(path).Columns).Digest,
        };
    }
}
