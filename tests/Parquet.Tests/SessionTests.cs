using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet.Tests;

public class SessionTests
{
    private const string EndlessQuery = "SELECT count(*) FROM range(1000000000000000)";

    [Fact]
    public void Execute_CancelledWhileRunning_StopsAndStaysUsable()
    {
        using var session = Session.Open(memoryLimitMegabytes: 64);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));

        Assert.ThrowsAny<OperationCanceledException>(() => session.Execute(EndlessQuery, cancellation.Token));
        Assert.Equal(42, session.Execute("SELECT 42::BIGINT"));
    }

    [Fact]
    public void Execute_CancelledBefore_Stops()
    {
        using var session = Session.Open(memoryLimitMegabytes: 64);

        Assert.ThrowsAny<OperationCanceledException>(
            () => session.Execute(EndlessQuery, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("threads", "1")]
    [InlineData("temp_directory", "")]
    [InlineData("autoinstall_known_extensions", "false")]
    [InlineData("autoload_known_extensions", "false")]
    [InlineData("enable_external_file_cache", "false")]
    [InlineData("enable_geoparquet_conversion", "false")]
    [InlineData("streaming_buffer_size", "1000 bytes")]
    [InlineData("preserve_insertion_order", "true")]
    public void Open_Settings_AreTheStudiedOnes(string setting, string value)
    {
        using var session = Session.Open(memoryLimitMegabytes: 64);
        using var query = session.Start($"SELECT current_setting('{setting}')::VARCHAR");

        Assert.True(query.Next(CancellationToken.None));
        Assert.Equal(value, query.Column(0).Text(0));
    }

    [Fact]
    public void Start_BeyondTheMemoryLimit_Fails()
    {
        using var session = Session.Open(memoryLimitMegabytes: 64);

        var exception = Assert.Throws<DuckDbException>(
            () => session.Execute("CREATE TABLE t AS SELECT range AS a FROM range(100000000)"));

        Assert.Equal(ErrorType.OutOfMemory, exception.Type);
    }

    [Theory]
    [InlineData("v1.4.9")]
    [InlineData("v1.6.0")]
    [InlineData("")]
    public void RequireSupported_OtherVersion_SaysWhatToDo(string version)
    {
        var exception = Assert.Throws<NotSupportedException>(() => DuckDbLibrary.RequireSupported(version));

        Assert.Contains("DUCKDB_LIBRARY", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingLibrary_SaysWhatToDo()
    {
        var exception = Assert.Throws<NotSupportedException>(() => DuckDbLibrary.Load("/nowhere/libduckdb.so"));

        Assert.StartsWith("DuckDB's library is not at /nowhere/", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileThatIsNoLibrary_SaysWhatToDo()
    {
        var path = TestData.Directory("parquet", "plain.parquet");

        var exception = Assert.Throws<NotSupportedException>(() => DuckDbLibrary.Load(path));

        Assert.StartsWith($"DuckDB's library {path} cannot be loaded", exception.Message, StringComparison.Ordinal);
    }
}
