using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace FineWebTorch.Parquet.DuckDb;

/// <summary>
/// The C functions of DuckDB 1.5 in use (duckdb.h). A <c>State</c> of 0 is success; after any other the error text
/// is with the object that the call was to fill, which is destroyed all the same.
/// </summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "duckdb";

    [LibraryImport(Library, EntryPoint = "duckdb_library_version")]
    public static partial byte* LibraryVersion();

    [LibraryImport(Library, EntryPoint = "duckdb_free")]
    public static partial void Free(void* memory);

    [LibraryImport(Library, EntryPoint = "duckdb_create_config")]
    public static partial State CreateConfig(out nint config);

    [LibraryImport(Library, EntryPoint = "duckdb_set_config", StringMarshalling = StringMarshalling.Utf8)]
    public static partial State SetConfig(nint config, string name, string option);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_config")]
    public static partial void DestroyConfig(ref nint config);

    /// <summary>A null path is a database in memory; the error text is freed with <see cref="Free"/>.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_open_ext", StringMarshalling = StringMarshalling.Utf8)]
    public static partial State OpenExt(string? path, out DatabaseHandle database, nint config, out byte* error);

    [LibraryImport(Library, EntryPoint = "duckdb_close")]
    public static partial void Close(ref nint database);

    [LibraryImport(Library, EntryPoint = "duckdb_connect")]
    public static partial State Connect(DatabaseHandle database, out ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "duckdb_disconnect")]
    public static partial void Disconnect(ref nint connection);

    /// <summary>Makes the running statement fail with <see cref="ErrorType.Interrupt"/>; for any thread.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_interrupt")]
    public static partial void Interrupt(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "duckdb_prepare", StringMarshalling = StringMarshalling.Utf8)]
    public static partial State Prepare(ConnectionHandle connection, string sql, out StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "duckdb_prepare_error")]
    public static partial byte* PrepareError(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_prepare")]
    public static partial void DestroyPrepare(ref nint statement);

    /// <summary>Deprecated in the header, yet the only way to a result that is not held in memory whole.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_pending_prepared_streaming")]
    public static partial State PendingPreparedStreaming(StatementHandle statement, out PendingHandle pending);

    [LibraryImport(Library, EntryPoint = "duckdb_pending_error")]
    public static partial byte* PendingError(PendingHandle pending);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_pending")]
    public static partial void DestroyPending(ref nint pending);

    [LibraryImport(Library, EntryPoint = "duckdb_execute_pending")]
    public static partial State ExecutePending(PendingHandle pending, ResultStruct* result);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_result")]
    public static partial void DestroyResult(ResultStruct* result);

    [LibraryImport(Library, EntryPoint = "duckdb_result_error")]
    public static partial byte* ResultError(ResultStruct* result);

    [LibraryImport(Library, EntryPoint = "duckdb_result_error_type")]
    public static partial ErrorType ResultErrorType(ResultStruct* result);

    [LibraryImport(Library, EntryPoint = "duckdb_column_count")]
    public static partial ulong ColumnCount(ResultStruct* result);

    [LibraryImport(Library, EntryPoint = "duckdb_column_type")]
    public static partial TypeId ColumnType(ResultStruct* result, ulong column);

    /// <summary>The next chunk; null at the end and after an error.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_fetch_chunk")]
    public static partial ChunkHandle FetchChunk(ResultStruct result);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_data_chunk")]
    public static partial void DestroyDataChunk(ref nint chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_size")]
    public static partial ulong DataChunkGetSize(ChunkHandle chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_vector")]
    public static partial nint DataChunkGetVector(ChunkHandle chunk, ulong column);

    [LibraryImport(Library, EntryPoint = "duckdb_vector_get_data")]
    public static partial void* VectorGetData(nint vector);

    /// <summary>One bit a row, set where there is a value; null where no row is NULL.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_vector_get_validity")]
    public static partial ulong* VectorGetValidity(nint vector);

    [LibraryImport(Library, EntryPoint = "duckdb_create_logical_type")]
    public static partial nint CreateLogicalType(TypeId type);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_logical_type")]
    public static partial void DestroyLogicalType(ref nint type);

    [LibraryImport(Library, EntryPoint = "duckdb_create_data_chunk")]
    public static partial ChunkHandle CreateDataChunk(nint* types, ulong count);

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_set_size")]
    public static partial void DataChunkSetSize(ChunkHandle chunk, ulong size);

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_reset")]
    public static partial void DataChunkReset(ChunkHandle chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_vector_ensure_validity_writable")]
    public static partial void VectorEnsureValidityWritable(nint vector);

    /// <summary>Copies the bytes, which must be UTF-8 in a vector of strings.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_vector_assign_string_element_len")]
    public static partial void VectorAssignStringElementLen(nint vector, ulong row, byte* text, ulong length);

    [LibraryImport(Library, EntryPoint = "duckdb_appender_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial State AppenderCreate(
        ConnectionHandle connection, string? schema, string table, out AppenderHandle appender);

    [LibraryImport(Library, EntryPoint = "duckdb_append_data_chunk")]
    public static partial State AppendDataChunk(AppenderHandle appender, ChunkHandle chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_appender_flush")]
    public static partial State AppenderFlush(AppenderHandle appender);

    [LibraryImport(Library, EntryPoint = "duckdb_appender_error")]
    public static partial byte* AppenderError(AppenderHandle appender);

    [LibraryImport(Library, EntryPoint = "duckdb_appender_destroy")]
    public static partial State AppenderDestroy(ref nint appender);
}
