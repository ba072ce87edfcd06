using System.Diagnostics;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Where the shard cannot be written.</summary>
public class OutputTests
{
    private static readonly string Plain = GoldenCase.Named("plain.parquet").Path;
    private static readonly string ManyRows = GoldenCase.Named("many-rows.parquet").Path;

    [Fact]
    public void Write_MissingFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("missing/out.parquet");

        var exception = Assert.ThrowsAny<IOException>(() => Write(Plain, output));

        Assert.StartsWith($"{output}: there is no folder ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Write_OutputIsAFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();

        var exception = Assert.ThrowsAny<IOException>(() => Write(Plain, folder.Path));

        Assert.StartsWith($"{folder.Path}: is a folder", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_FolderThatCannotBeWritten_SaysSo()
    {
        const string Output = "/proc/self/out.parquet";
        Executables.Demand(Directory.Exists("/proc/self"), "needs /proc");

        var exception = Assert.ThrowsAny<IOException>(() => Write(Plain, Output));

        Assert.Contains(": cannot be written (", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Write_OntoTheInput_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var input = folder.File("plain.parquet");
        File.Copy(Plain, input);

        Assert.Throws<ArgumentException>(() => Write(input, input));
        Assert.Equal(File.ReadAllBytes(Plain), File.ReadAllBytes(input));
    }

    [Fact]
    public void Write_NamesThatNeedQuoting_AreKept()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("it's [1] \"x\" {uuid} ü.parquet");

        Write(Plain, output);

        Assert.Equal([output], Directory.EnumerateFileSystemEntries(folder.Path));
        Assert.Equal(40, ParquetFile.Inspect(output).Rows);
    }

    [Fact]
    public void Write_LongestName_Fits()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File(new string('ü', 127));

        Write(Plain, output);

        Assert.True(File.Exists(output));
    }

    [Fact]
    public void Write_DiskFull_SaysSoAndLeavesNothing()
    {
        using var disk = SmallDisk.Mount();

        var exception = Assert.ThrowsAny<IOException>(() => Write(ManyRows, disk.File("out.parquet")));

        Assert.StartsWith(disk.File("out.parquet"), exception.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be written (No space left on device);", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public void Append_DiskFull_SaysSoAndLeavesNothing()
    {
        using var disk = SmallDisk.Mount();

        var exception = Assert.ThrowsAny<IOException>(() =>
        {
            using var table = ScoreTableWriter.Create(disk.File("scores.parquet"), withIds: true);
            for (var row = 0; row < 200_000; row++)
                table.Append(new ScoreTableRow(row, $"{row * 7919L}", row * 0.37f, 1, row));
            table.Complete();
        });

        Assert.StartsWith(disk.File("scores.parquet"), exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    private static ShardResult Write(string input, string output)
        => ShardWriter.Write(Shards.Request(input, output), Shards.Keep(ParquetFile.Inspect(input).Rows));

    /// <summary>A file system of 64 KB.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public string Path => _folder.Path;

        public static SmallDisk Mount()
        {
            var disk = new SmallDisk();
            if (Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.Path))
                return disk;
            disk._folder.Dispose();
            Assert.Skip("needs the right to mount a small tmpfs");
            return disk;
        }

        public string File(string name) => _folder.File(name);

        public void Dispose()
        {
            Run("umount", Path);
            _folder.Dispose();
        }

        private static bool Run(string program, params string[] arguments)
        {
            try
            {
                var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
                using var process = Process.Start(start)!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
