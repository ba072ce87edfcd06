using ParquetSharp;
using ParquetSharp.Schema;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Pages that are not what their headers or checksums say, and pages that nobody may read.</summary>
public class HostileFileTests
{
    [Fact]
    public void Write_Pages_HaveChecksums()
    {
        using var folder = new TemporaryFolder();
        var input = GoldenCase.Named("plain.parquet").Path;
        var output = folder.File("out");
        ShardWriter.Write(Shards.Request(input, output), Shards.Keep(40));
        var bytes = File.ReadAllBytes(output);
        var texts = ParquetFile.Inspect(output).Footer.RowGroups[0].Columns[0];
        // Where a changed byte would not be found otherwise: the page is large, its middle is text.
        bytes[texts.Offset + (texts.CompressedSize / 2)] ^= 1;
        File.WriteAllBytes(folder.File("changed"), bytes);

        var exception = Assert.Throws<ParquetFileException>(() => Reading.Texts(folder.File("changed")));

        Assert.Equal(ParquetFault.Damaged, exception.Fault);
        Assert.Contains("CRC", exception.Message, StringComparison.Ordinal);
        AssertIsReadable(exception);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(300 << 20)]
    public void Read_PageThatWouldFillMemory_IsRefused(int claimed)
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "hello")) { ClaimedPageSize = claimed }.WriteTo(folder);

        var read = Assert.Throws<ParquetFileException>(() => Reading.Texts(input));
        var write = Assert.Throws<ParquetFileException>(
            () => ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(1)));

        foreach (var exception in new[] { read, write })
        {
            Assert.Equal(ParquetFault.Unsupported, exception.Fault);
            Assert.Equal("text", exception.Column);
            Assert.Contains("too much memory", exception.Message, StringComparison.Ordinal);
            AssertIsReadable(exception);
        }
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    /// <summary>A pipe would wait for who writes to it, and a device have no end.</summary>
    [Fact]
    public void Inspect_DeviceOrPipe_IsRefusedUnopened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/zero and mkfifo");
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("device"), "/dev/zero");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [folder.File("pipe")]))
            made.WaitForExit();

        foreach (var name in (string[])["device", "pipe"])
        {
            var exception = Assert.Throws<ParquetFileException>(() => ParquetFile.Inspect(folder.File(name)));
            Assert.Equal(ParquetFault.NotParquet, exception.Fault);
            Assert.Contains("a device or pipe", exception.Message, StringComparison.Ordinal);
            AssertIsReadable(exception);
        }
    }

    [Theory]
    [InlineData("text", true)]
    [InlineData("url", false)]
    public void Read_EncryptedColumn_IsRefusedWhereItIsNeeded(string encrypted, bool cannotBeScored)
    {
        using var folder = new TemporaryFolder();
        var key = "0123456789abcdef"u8.ToArray();
        using var column = new ColumnEncryptionPropertiesBuilder(encrypted).Key(key).KeyMetadata("k").Build();
        using var encryption = new FileEncryptionPropertiesBuilder(key).SetPlaintextFooter()
            .EncryptedColumns([column]).Build();
        var input = Written.Texts(
            folder, 2, [("text", ["a", "b"]), ("url", ["c", "d"])],
            new WriterPropertiesBuilder().Encryption(encryption));

        var read = Record.Exception(() => Assert.Equal(["a", "b"], Reading.Texts(input)));
        var write = Assert.Throws<ParquetFileException>(
            () => ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(2)));

        Assert.Equal(cannotBeScored, read is ParquetFileException { Fault: ParquetFault.Unsupported });
        Assert.Contains("encrypted", write.Message, StringComparison.Ordinal);
        AssertIsReadable(write);
    }

    [Fact]
    public void Write_StringsThatAreNotUtf8_CarriesTheirBytes()
    {
        using var folder = new TemporaryFolder();
        var latin1 = new byte[] { 0xe9, 0x74, 0xe9 };
        var input = new TinyParquet(
            TinyColumn.Utf8("text", "a"u8.ToArray(), latin1), TinyColumn.Utf8("url", latin1, "b"u8.ToArray()))
            .WriteTo(folder);

        ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(2));

        var shard = folder.File("out");
        Assert.Equal(
            ["a"u8.ToArray(), latin1], ShardSampler.Read(shard, "text", null, [0, 1]).Select(row => row.Text!));
        Assert.Equal(
            [latin1, "b"u8.ToArray()], ShardSampler.Read(shard, "url", null, [0, 1]).Select(row => row.Text!));
    }

    [Fact]
    public void Write_CancelledInTheMiddle_LeavesNoFile()
    {
        const int Rows = 40_000;
        using var folder = new TemporaryFolder();
        var input = Written.Texts(folder, Rows, [("text", [.. Enumerable.Range(0, Rows).Select(row => $"{row}")])]);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => ShardWriter.Write(
            Shards.Request(input, folder.File("out")), Shards.Keep(Rows), cancellation.Token));
        // The library's writer makes a whole file of the row groups that are there when it is disposed.
        using (var file = OutputFile.Create(folder.File("half")))
        {
            using var schema = new GroupNode(
                "schema", Repetition.Required,
                [new PrimitiveNode("n", Repetition.Required, LogicalType.None(), PhysicalType.Int32)],
                logicalType: null);
            using var parquet = new ParquetOutput(file, schema, [], []);
            using (var group = parquet.AppendRowGroup())
            using (var column = (ColumnWriter<int>)group.NextColumn())
                column.WriteBatch([1, 2, 3]);
        }

        Assert.Equal([input], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static void AssertIsReadable(ParquetFileException exception)
    {
        Assert.DoesNotContain('\n', exception.Message);
        Assert.DoesNotContain("N7parquet", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("message: '", exception.Message, StringComparison.Ordinal);
    }
}
